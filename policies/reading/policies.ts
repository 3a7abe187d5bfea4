import type {
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { at, type Field, items, readInputs, textAt } from "./inputs.ts";

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
}

interface ResourceRule extends Description {
  /** Whether resources of this type are the rule's business. */
  readonly concerns: (type: string) => boolean;
  /** Every problem of the resource, each with its field, its value (never a secret's) and the remedy. */
  readonly problems: (resource: Resource, settings: Field) => string[];
}

interface StackRule extends Description {
  /** Every problem of the stack. */
  readonly findings: (resources: readonly StackResource[], settings: Field) => Finding[];
}

/** A resource policy with its one validation. */
export interface OneResourcePolicy extends ResourceValidationPolicy {
  readonly validateResource: ResourceValidation;
}

/** Makes a Pulumi policy of a rule about one resource; each problem is reported on its own. */
export function resourcePolicy({ concerns, problems, ...description }: ResourceRule): OneResourcePolicy {
  return {
    ...description,
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      if (!concerns(args.type)) args.notApplicable(`${description.name} has no say on ${args.type}`);
      for (const problem of problems(resourceOf(args), readInputs(args.getConfig()))) report(problem);
    },
  };
}

/** Makes a Pulumi policy of a rule about a whole stack. */
export function stackPolicy({ findings, ...description }: StackRule): StackValidationPolicy {
  return {
    ...description,
    enforcementLevel: "mandatory",
    validateStack: (args, report) => {
      const resources = args.resources.map(stackResourceOf);
      for (const { urn, problem } of findings(resources, readInputs(args.getConfig()))) report(problem, urn);
    },
  };
}

/** A policy's setting that is a list of texts. */
export function listSetting(settings: Field, name: string, fallback: readonly string[]): readonly string[] {
  const field = at(settings, name);
  if (!Array.isArray(field.value)) return fallback;
  return items(field).flatMap((item) => textAt(item) ?? []);
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
