import { at, type Field, isMissing, isUnknown, items, shown, textAt, type Value } from "./reading/inputs.ts";
import { allContainers, type Pod, podsOf } from "./reading/pods.ts";
import { resourcePolicy } from "./reading/policies.ts";

// No CPU limit is asked for: it throttles a pod while its node idles.
const BOUNDS = [
  ["requests", "cpu"],
  ["requests", "memory"],
  ["limits", "memory"],
] as const;

/** A container that is taken over can do little, and one that leaks takes no neighbour down. */
export const podHardening = resourcePolicy({
  name: "pod-hardening",
  description: "Containers run without root, privileges or a writable root, and within bounds.",
  severity: "high",
  remediationSteps:
    "Set runAsNonRoot, readOnlyRootFilesystem, allowPrivilegeEscalation: false and capabilities.drop [ALL] in the securityContext, and resources.requests and limits.memory.",
  concerns: (type, props) => podsOf(type, props).length > 0,
  problems: ({ type, props }) => podsOf(type, props).flatMap((pod) => (pod.partial ? weakened(pod) : notHard(pod))),
});

function notHard({ spec }: Pod): string[] {
  return allContainers(spec).flatMap((container) => [
    ...BOUNDS.flatMap(([kind, of]) => unbounded(at(container, "resources", kind, of))),
    ...mayBeRoot(container, spec),
    ...mustBe(at(container, "securityContext", "readOnlyRootFilesystem"), true),
    ...mustBe(at(container, "securityContext", "allowPrivilegeEscalation"), false),
    ...capable(at(container, "securityContext", "capabilities", "drop")),
  ]);
}

/** What a patch takes away from a pod that stands elsewhere. */
function weakened({ spec }: Pod): string[] {
  const contexts = [spec, ...allContainers(spec)].map((place) => at(place, "securityContext"));
  return contexts.flatMap((context) => [
    ...ifSet(at(context, "runAsNonRoot"), (flag) => mustBe(flag, true)),
    ...ifSet(at(context, "readOnlyRootFilesystem"), (flag) => mustBe(flag, true)),
    ...ifSet(at(context, "allowPrivilegeEscalation"), (flag) => mustBe(flag, false)),
    ...ifSet(at(context, "capabilities", "drop"), capable),
  ]);
}

function ifSet(field: Field, problems: (field: Field) => string[]): string[] {
  return isMissing(field) ? [] : problems(field);
}

function unbounded(bound: Field): string[] {
  return isMissing(bound) ? [`${shown(bound)}: set it`] : [];
}

// The container's word counts before the pod's.
function mayBeRoot(container: Field, spec: Field): string[] {
  const own = at(container, "securityContext", "runAsNonRoot");
  const pods = at(spec, "securityContext", "runAsNonRoot");
  return isMissing(own) && (pods.value === true || isUnknown(pods)) ? [] : mustBe(own, true);
}

function mustBe(flag: Field, wanted: Value): string[] {
  return flag.value === wanted || isUnknown(flag) ? [] : [`${shown(flag)}: set it to ${String(wanted)}`];
}

function capable(dropped: Field): string[] {
  if (isUnknown(dropped) || items(dropped).some((name) => isUnknown(name) || textAt(name)?.toUpperCase() === "ALL"))
    return [];
  return [`${shown(dropped)}: set it to ["ALL"]`];
}
