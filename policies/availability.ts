import { at, isUnknown, numberAt, shown } from "./reading/inputs.ts";
import { resourcePolicy } from "./reading/policies.ts";
import { AUTOSCALER, DEPLOYMENT } from "./reading/types.ts";

const ENOUGH = 2;

/** One pod is an outage whenever its node is drained. What belongs together is judged by `redundancy`. */
export const availability = resourcePolicy({
  name: "availability",
  description: "A release runs at least two pods, whatever its load.",
  severity: "high",
  remediationSteps: "Set production-runbooks:application.replicas.min to 2 or more.",
  concerns: (type) => type === DEPLOYMENT || type === AUTOSCALER,
  problems: ({ type, props }) => {
    const replicas = at(props, "spec", type === DEPLOYMENT ? "replicas" : "minReplicas");
    if (isUnknown(replicas) || (numberAt(replicas) ?? countWhenUnset(type)) >= ENOUGH) return [];
    return [`${shown(replicas)}: set it to ${ENOUGH} at least`];
  },
});

// An autoscaler goes down to one; a Deployment's number may be an autoscaler's to set, which `redundancy` sees to.
function countWhenUnset(type: string): number {
  return type === DEPLOYMENT ? ENOUGH : 1;
}
