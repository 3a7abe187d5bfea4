import { at, type Field, isMissing, isUnknown, items, shown, textAt, type Value } from "./reading/inputs.ts";
import { allContainers, podSpec, runsPods } from "./reading/pods.ts";
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
  concerns: runsPods,
  problems: ({ type, props }) => {
    const spec = podSpec(type, props);
    return allContainers(spec).flatMap((container) => [
      ...BOUNDS.flatMap(([kind, of]) => unbounded(at(container, "resources", kind, of))),
      ...mayBeRoot(container, spec),
      ...mustBe(at(container, "securityContext", "readOnlyRootFilesystem"), true),
      ...mustBe(at(container, "securityContext", "allowPrivilegeEscalation"), false),
      ...capable(at(container, "securityContext", "capabilities", "drop")),
    ]);
  },
});

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
