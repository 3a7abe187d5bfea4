import { at, isUnknown, numberAt, shown } from "./reading/inputs.ts";
import { type KubernetesObject, objectsOf } from "./reading/kubernetes.ts";
import { resourcePolicy } from "./reading/policies.ts";
import { isAutoscaler, isDeployment } from "./reading/scaling.ts";

const ENOUGH = 2;

/** One pod is an outage whenever its node is drained. What belongs together is judged by `redundancy`. */
export const availability = resourcePolicy({
  name: "availability",
  description: "A release runs at least two pods, whatever its load.",
  severity: "high",
  remediationSteps: "Set production-runbooks:application.replicas.min to 2 or more.",
  concerns: (type, props) => objectsOf(type, props).some((one) => isAutoscaler(one) || isDeployment(one)),
  problems: ({ type, props }) =>
    objectsOf(type, props).flatMap((object) => {
      if (!isAutoscaler(object) && !isDeployment(object)) return [];
      const replicas = at(object.props, "spec", isAutoscaler(object) ? "minReplicas" : "replicas");
      if (isUnknown(replicas) || (numberAt(replicas) ?? countWhenUnset(object)) >= ENOUGH) return [];
      return [`${shown(replicas)}: set it to ${ENOUGH} at least`];
    }),
});

// An autoscaler goes down to one; a Deployment's number may be an autoscaler's to set, which `redundancy` sees to.
function countWhenUnset(object: KubernetesObject): number {
  return isAutoscaler(object) && !object.patch ? 1 : ENOUGH;
}
