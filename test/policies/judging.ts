import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { unknownCheckingProxy } from "@pulumi/policy";
import type { OneResourcePolicy, WholeStackPolicy } from "../../policies/reading/policies.ts";
import type { Fixture } from "./fixture.ts";

/** What the engine sends in a preview for a value that it can't know yet. */
export { unknownValue as UNKNOWN_INPUT } from "@pulumi/pulumi/runtime/rpc.js";

const OPTIONS = {
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

/** What makes the program around a resource one with sessions in Redis. */
const WITH_SESSIONS: Fixture = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "with-sessions",
  props: { data: { SESSION_STORE: "redis" } },
};

class NotApplicable extends Error {}

/** A policy's messages about one resource, read through Pulumi's own guard against unknowns; "not applicable" if it has no say. */
export async function judge(
  policy: OneResourcePolicy,
  fixture: Fixture,
  { stack = "production", config = {} }: { stack?: string; config?: object } = {},
): Promise<string[] | "not applicable"> {
  const messages: string[] = [];
  const report = (message: string) => {
    messages.push(message);
  };
  try {
    await policy.validateResource(
      { ...resourceOf(fixture, stack), stackTags: new Map(), getConfig: configured(config), notApplicable },
      report,
    );
    const resources = [fixture, WITH_SESSIONS].map((one) => policyResource(one, stack));
    await policy.validateStack(
      { resources, stackTags: new Map(), getConfig: configured(config), notApplicable },
      report,
    );
  } catch (error) {
    if (error instanceof NotApplicable) return "not applicable";
    throw error;
  }
  return messages;
}

/** What the whole pack says on a program: resource by resource, then on all of it, as the engine asks. */
export async function judgeProgram(
  policies: readonly (OneResourcePolicy | WholeStackPolicy)[],
  fixtures: readonly Fixture[],
  config: object = {},
): Promise<string[]> {
  const messages: string[] = [];
  const resources = fixtures.map((fixture) => resourceOf(fixture, "production"));
  const program = fixtures.map((fixture) => policyResource(fixture, "production"));
  const shared = { stackTags: new Map(), getConfig: configured(config), notApplicable };
  for (const policy of policies) {
    const report = (message: string, urn?: string) => {
      messages.push(`${policy.name}: ${urn?.split("::").at(-1) ?? ""}: ${message}`);
    };
    if (policy.validateResource !== undefined) {
      for (const resource of resources) {
        try {
          await policy.validateResource({ ...resource, ...shared }, (message) => report(message, resource.urn));
        } catch (error) {
          if (!(error instanceof NotApplicable)) throw error;
        }
      }
    }
    await policy.validateStack({ resources: program, ...shared }, report);
  }
  return messages;
}

/** A stack policy's messages, each behind the name of the resource that it is about. */
export async function judgeStack(policy: StackValidationPolicy, given: readonly Fixture[]): Promise<string[]> {
  const messages: string[] = [];
  const fixtures = [...given, WITH_SESSIONS];
  const resources = fixtures.map((fixture) => policyResource(fixture, "production"));
  for (const [index, { uses = {} }] of fixtures.entries()) {
    const named = Object.entries(uses).map(([key, name]) => [key, resources.filter((one) => one.name === name)]);
    Object.assign(resources[index]?.propertyDependencies ?? {}, Object.fromEntries(named));
  }
  await policy.validateStack(
    { resources, stackTags: new Map(), getConfig: configured({}), notApplicable },
    (message, urn) => messages.push(`${urn?.split("::").at(-1)}: ${message}`),
  );
  return messages;
}

function policyResource(fixture: Fixture, stack: string): PolicyResource {
  return { ...resourceOf(fixture, stack), dependencies: [], propertyDependencies: {} };
}

function resourceOf({ type, name, props, protect = false }: Fixture, stack: string) {
  return {
    type,
    name,
    urn: `urn:pulumi:${stack}::production-runbooks::${type}::${name}`,
    props: unknownCheckingProxy(props),
    opts: { ...OPTIONS, protect },
    isType: () => false,
    asType: () => undefined,
  };
}

// The engine's getConfig is generic: the caller names the type, so only a JSON round trip can satisfy it.
function configured(config: object) {
  return () => JSON.parse(JSON.stringify(config));
}

function notApplicable(): never {
  throw new NotApplicable();
}
