import type {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { at, type Field, items, numberAt, readInputs, textAt } from "./inputs.ts";
import { keepsSessions, showsSessions } from "./scope.ts";

/** What a policy sees of a resource. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** The stack's name, from the URN. */
  readonly stack: string;
  readonly protect: boolean;
  /** The inputs for a resource policy, the outputs for a stack policy. */
  readonly props: Field;
}

/** What a stack policy sees of a resource: also the URNs that each property depends on. */
export interface StackResource extends Resource {
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** A problem of one resource of a stack. */
export interface Finding {
  readonly urn: string;
  readonly problem: string;
}

interface Description {
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly remediationSteps: string;
  readonly configSchema?: PolicyConfigSchema;
  /** How the pack takes it where its configuration says nothing; mandatory where this is left out. */
  readonly level?: EnforcementLevel;
}

interface ResourceRule extends Description {
  /** Whether a resource of this type, with these inputs, is the rule's business. */
  readonly concerns: (type: string, props: Field) => boolean;
  /** Every problem of the resource, each with its field, its value (never a secret's) and the remedy. */
  readonly problems: (resource: Resource, settings: Field) => string[];
}

interface StackRule extends Description {
  /** Every problem of the stack. */
  readonly findings: (resources: readonly StackResource[], settings: Field) => Finding[];
}

/** A resource policy with its one validation, and what it has to wait with until the whole program is known. */
export interface OneResourcePolicy extends ResourceValidationPolicy, StackValidationPolicy {
  readonly validateResource: ResourceValidation;
}

/** A stack policy, which says nothing before the program is known whole. */
export interface WholeStackPolicy extends StackValidationPolicy {
  readonly validateResource?: never;
}

/** Every policy's own setting beside its others: what programs it speaks about. */

function withScope(schema: PolicyConfigSchema | undefined): PolicyConfigSchema {
  const scope = { type: "string" as const, enum: ["sessions", "everything"], default: "sessions" };
  return { ...schema, properties: { ...schema?.properties, scope } };
}

function isForEverything(settings: Field): boolean {
  return textSetting(settings, "scope", "sessions") === "everything";
}

/**
 * Makes a Pulumi policy of a rule about one resource; each problem is reported on its own. A resource that shows that it
 * belongs to a program with Redis sessions is judged before it is made. Of any other the problems are kept until the
 * program is known whole, and dropped where it has nothing to do with sessions.
 */
export function resourcePolicy({
  concerns,
  problems,
  configSchema,
  level = "mandatory",
  ...description
}: ResourceRule): OneResourcePolicy {
  const kept = new Map<string, readonly string[]>();
  return {
    ...description,
    configSchema: withScope(configSchema),
    enforcementLevel: level,
    validateResource: (args, report) => {
      kept.delete(args.urn);
      const resource = resourceOf(args);
      if (!concerns(args.type, resource.props)) args.notApplicable(`${description.name} has no say on ${args.type}`);
      const settings = readInputs(args.getConfig());
      const found = problems(resource, settings);
      if (isForEverything(settings) || showsSessions(resource)) for (const problem of found) report(problem);
      else if (found.length > 0) kept.set(args.urn, found);
    },
    validateStack: (args, report) => {
      if (kept.size > 0 && keepsSessions(args.resources.map(resourceOf))) {
        const standing = new Set(args.resources.map(({ urn }) => urn));
        for (const [urn, found] of kept) if (standing.has(urn)) for (const problem of found) report(problem, urn);
      }
      kept.clear();
    },
  };
}

/** Makes a Pulumi policy of a rule about a whole stack. */
export function stackPolicy({
  findings,
  configSchema,
  level = "mandatory",
  ...description
}: StackRule): WholeStackPolicy {
  return {
    ...description,
    configSchema: withScope(configSchema),
    enforcementLevel: level,
    validateStack: (args, report) => {
      const resources = args.resources.map(stackResourceOf);
      const settings = readInputs(args.getConfig());
      if (!isForEverything(settings) && !keepsSessions(resources)) return;
      for (const { urn, problem } of findings(resources, settings)) report(problem, urn);
    },
  };
}

/** A policy's setting that is a list of texts. */
export function listSetting(settings: Field, name: string, fallback: readonly string[]): readonly string[] {
  const field = at(settings, name);
  if (!Array.isArray(field.value)) return fallback;
  return items(field).flatMap((item) => textAt(item) ?? []);
}

/** A policy's setting that is a list of numbers; none where it isn't set. */
export function numberListSetting(settings: Field, name: string): readonly number[] {
  return items(at(settings, name)).flatMap((item) => numberAt(item) ?? []);
}

/** A policy's setting that is a text. */
export function textSetting(settings: Field, name: string, fallback: string): string {
  return textAt(at(settings, name)) ?? fallback;
}

function resourceOf(args: ResourceValidationArgs | PolicyResource): Resource {
  return {
    type: args.type,
    name: args.name,
    urn: args.urn,
    stack: args.urn.split("::")[0]?.split(":")[2] ?? "",
    protect: args.opts.protect,
    props: readInputs(args.props),
  };
}

function stackResourceOf(resource: PolicyResource): StackResource {
  const dependencies = Object.entries(resource.propertyDependencies);
  return {
    ...resourceOf(resource),
    propertyDependencies: Object.fromEntries(dependencies.map(([key, of]) => [key, of.map(({ urn }) => urn)])),
  };
}
