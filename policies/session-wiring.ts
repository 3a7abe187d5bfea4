import { at, type Field, isMissing, isUnknown, items, textAt, UNKNOWN } from "./reading/inputs.ts";
import { containers, podSpec, servesUsers } from "./reading/pods.ts";
import { type StackResource, stackPolicy } from "./reading/policies.ts";
import { CONFIG_MAP } from "./reading/types.ts";

const STORE = "SESSION_STORE";
const URL_NAME = "REDIS_URL";

/** A workload that is told nothing falls back to its own default, which is memory; so each must be told. */
export const sessionWiring = stackPolicy({
  name: "session-wiring",
  description: "Every workload that answers users is told SESSION_STORE and gets REDIS_URL from a Secret.",
  severity: "critical",
  remediationSteps:
    "Put SESSION_STORE=redis into the workload's ConfigMap or env, and REDIS_URL into env by valueFrom.secretKeyRef.",
  findings: (resources) => {
    const configMaps = resources.filter(({ type }) => type === CONFIG_MAP);
    return resources
      .filter(({ type }) => servesUsers(type))
      .flatMap((workload) => untold(workload, configMaps).map((problem) => ({ urn: workload.urn, problem })));
  },
});

function untold({ type, props }: StackResource, configMaps: readonly StackResource[]): string[] {
  const spec = podSpec(type, props);
  const inside = containers(spec);
  if (inside.length === 0) return [];
  const namespace = textAt(at(props, "metadata", "namespace"));
  const place = at(spec, "containers").path;
  const store = inside.some((container) => mayHave(container, STORE) || mayTellStore(container, namespace, configMaps));
  const url = inside.some((container) => mayHave(container, URL_NAME) || mayTakeSecret(container));
  return [
    ...(store ? [] : [`${place} aren't told ${STORE}: set it to "redis" in env or in a ConfigMap of envFrom`]),
    ...(url ? [] : [`${place} don't get ${URL_NAME}: give it by env with valueFrom.secretKeyRef`]),
  ];
}

function mayHave(container: Field, name: string): boolean {
  const env = at(container, "env");
  return (
    isUnknown(env) || items(env).some((entry) => [name, UNKNOWN].some((wanted) => at(entry, "name").value === wanted))
  );
}

function mayTellStore(container: Field, namespace: string | undefined, maps: readonly StackResource[]): boolean {
  const envFrom = at(container, "envFrom");
  if (isUnknown(envFrom)) return true;
  return items(envFrom).some((source) => {
    const reference = at(source, "configMapRef");
    if (isMissing(reference)) return isUnknown(source);
    const name = at(reference, "name");
    return isUnknown(name) || maps.some((map) => isNamed(map, textAt(name), namespace) && tellsStore(map));
  });
}

function isNamed({ props }: StackResource, name: string | undefined, namespace: string | undefined): boolean {
  const ours = at(props, "metadata", "name");
  const theirs = textAt(at(props, "metadata", "namespace"));
  if (theirs !== undefined && namespace !== undefined && theirs !== namespace) return false;
  return isUnknown(ours) || textAt(ours) === name;
}

function tellsStore({ props }: StackResource): boolean {
  return !isMissing(at(props, "data", STORE));
}

function mayTakeSecret(container: Field): boolean {
  const envFrom = at(container, "envFrom");
  return isUnknown(envFrom) || items(envFrom).some((source) => !isMissing(at(source, "secretRef")));
}
