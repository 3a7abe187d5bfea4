import { assignmentsOf } from "./reading/assignments.ts";
import { at, type Field, isMissing, isUnknown, items, textAt, UNKNOWN } from "./reading/inputs.ts";
import { objectsOf } from "./reading/kubernetes.ts";
import { containers, type Pod, podsIn } from "./reading/pods.ts";
import { type StackResource, stackPolicy } from "./reading/policies.ts";
import { heldUnder, keyReference, meant, type Source, sourcesOf, wholeReference } from "./reading/sources.ts";
import { REDIS_URL, SESSION_STORE } from "./reading/types.ts";

const IN_MEMORY = `set it to "redis", sessions elsewhere are lost with the pod`;

/** A workload that is told nothing falls back to its own default, which is memory; so each must be told. */
export const sessionWiring = stackPolicy({
  name: "session-wiring",
  description: "Every workload that serves users has SESSION_STORE=redis and gets REDIS_URL from a Secret.",
  severity: "critical",
  remediationSteps:
    "Put SESSION_STORE=redis into the workload's ConfigMap or env, and REDIS_URL into env by valueFrom.secretKeyRef.",
  findings: (resources) => {
    const sources = sourcesOf(resources);
    return resources.flatMap((resource) =>
      problemsOf(resource, sources).map((problem) => ({ urn: resource.urn, problem })),
    );
  },
});

function problemsOf({ type, props }: StackResource, sources: readonly Source[]): string[] {
  return objectsOf(type, props).flatMap((object) => {
    const namespace = at(object.props, "metadata", "namespace");
    return podsIn(object).flatMap((pod) => [
      ...containers(pod.spec).flatMap((container) => elsewhere(container, namespace, sources)),
      ...(pod.serves && !pod.partial ? untold(pod, namespace, sources) : []),
    ]);
  });
}

function untold({ spec }: Pod, namespace: Field, sources: readonly Source[]): string[] {
  const inside = containers(spec);
  if (inside.length === 0) return [];
  const place = at(spec, "containers").path;
  const store = inside.some((one) => mayHave(one, SESSION_STORE) || mayTellStore(one, namespace, sources));
  const url = inside.some((one) => mayHave(one, REDIS_URL) || mayTakeSecret(one));
  return [
    ...(store ? [] : [`${place} don't have ${SESSION_STORE}: set it to "redis" in env or in a ConfigMap of envFrom`]),
    ...(url ? [] : [`${place} don't get ${REDIS_URL}: give it by env with valueFrom.secretKeyRef`]),
  ];
}

function mayHave(container: Field, name: string): boolean {
  const env = at(container, "env");
  return (
    isUnknown(env) ||
    items(env).some((entry) => at(entry, "name").value === UNKNOWN) ||
    assignmentsOf("", container, new Set([name])).length > 0
  );
}

function mayTellStore(container: Field, namespace: Field, sources: readonly Source[]): boolean {
  const envFrom = at(container, "envFrom");
  if (isUnknown(envFrom)) return true;
  return items(envFrom).some((element) => {
    const reference = wholeReference(element);
    if (reference === undefined) return isUnknown(element);
    const held = keyOf(reference.prefix);
    if (isUnknown(reference.name)) return true;
    const found = meant(reference, namespace, sources);
    // A Secret of elsewhere may tell it, which sessions-unread says.
    if (found.length === 0) return reference.kind === "Secret";
    return held !== undefined && found.some((source) => !isMissing(heldUnder(held, source)));
  });
}

/** The key that becomes SESSION_STORE behind a prefix. */
function keyOf(prefix: string): string | undefined {
  return SESSION_STORE.startsWith(prefix) ? SESSION_STORE.slice(prefix.length) : undefined;
}

function mayTakeSecret(container: Field): boolean {
  const envFrom = at(container, "envFrom");
  return isUnknown(envFrom) || items(envFrom).some((source) => !isMissing(at(source, "secretRef")));
}

/** A store that is named under another key than its own: by a reference to one key, or behind a prefix. */
function elsewhere(container: Field, namespace: Field, sources: readonly Source[]): string[] {
  const single = assignmentsOf("", container, new Set([SESSION_STORE])).flatMap(({ source }) => {
    const reference = keyReference(source);
    const key = reference && textAt(reference.key);
    return reference === undefined || key === undefined ? [] : [{ reference, key }];
  });
  const prefixed = items(at(container, "envFrom")).flatMap((element) => {
    const reference = wholeReference(element);
    const key = reference && reference.prefix !== "" ? keyOf(reference.prefix) : undefined;
    return reference === undefined || key === undefined ? [] : [{ reference, key }];
  });
  return [...single, ...prefixed].flatMap(({ reference, key }) =>
    meant(reference, namespace, sources)
      .filter(({ name }) => !isUnknown(name))
      .map((source) => heldUnder(key, source))
      .filter((held) => !isMissing(held) && !isUnknown(held) && textAt(held) !== "redis")
      .map(
        () =>
          `${reference.path} gives ${SESSION_STORE} from key ${key} of a ${reference.kind} that doesn't say "redis": ${IN_MEMORY}`,
      ),
  );
}
