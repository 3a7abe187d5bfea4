import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { unknownCheckingProxy } from "@pulumi/policy";
import type { OneResourcePolicy } from "../../policies/reading/policies.ts";
import type { Fixture } from "./fixture.ts";

/** What the engine sends in a preview for a value that it can't know yet. */
export { unknownValue as UNKNOWN_INPUT } from "@pulumi/pulumi/runtime/rpc.js";

const OPTIONS = {
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

class NotApplicable extends Error {}

/** A policy's messages about one resource, read through Pulumi's own guard against unknowns; "not applicable" if it has no say. */
export async function judge(
  policy: OneResourcePolicy,
  fixture: Fixture,
  { stack = "production", config = {} }: { stack?: string; config?: object } = {},
): Promise<string[] | "not applicable"> {
  const messages: string[] = [];
  try {
    await policy.validateResource(
      { ...resourceOf(fixture, stack), stackTags: new Map(), getConfig: configured(config), notApplicable },
      (message) => messages.push(message),
    );
  } catch (error) {
    if (error instanceof NotApplicable) return "not applicable";
    throw error;
  }
  return messages;
}

/** A stack policy's messages, each behind the name of the resource that it is about. */
export async function judgeStack(policy: StackValidationPolicy, fixtures: readonly Fixture[]): Promise<string[]> {
  const messages: string[] = [];
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
