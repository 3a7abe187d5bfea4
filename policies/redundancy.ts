import { at, entries, type Field, isMissing, isUnknown, items, numberAt, textAt } from "./reading/inputs.ts";
import { type KubernetesObject, objectsOf } from "./reading/kubernetes.ts";
import { stackPolicy } from "./reading/policies.ts";
import { isAutoscaler, isDeployment, isDisruptionBudget } from "./reading/scaling.ts";

/** A Deployment's pods are kept through node drains by a budget that selects them, and their number by replicas or an autoscaler. */
export const redundancy = stackPolicy({
  name: "redundancy",
  description: "Every Deployment has a disruption budget and at least two pods.",
  severity: "high",
  remediationSteps:
    "Add a PodDisruptionBudget whose selector matches the pods, and set spec.replicas or an autoscaler whose scaleTargetRef names the Deployment.",
  findings: (resources) => {
    const objects = resources.flatMap(({ urn, name, type, props }) =>
      objectsOf(type, props).map((object) => ({ ...object, urn, name })),
    );
    const budgets = objects.filter(isDisruptionBudget);
    const autoscalers = objects.filter(isAutoscaler);
    return objects
      .filter((object) => isDeployment(object) && !object.patch)
      .flatMap((deployment) =>
        [
          ...(budgets.some((budget) => protects(budget, deployment)) ? [] : [unprotected(deployment)]),
          ...(isScaled(deployment, autoscalers) ? [] : [unscaled(deployment)]),
        ].map((problem) => ({ urn: deployment.urn, problem })),
      );
  },
});

interface Named extends KubernetesObject {
  readonly name: string;
}

function unprotected({ kind, name }: Named): string {
  return `${kind} ${name} has no PodDisruptionBudget that selects its pods: add one`;
}

function unscaled({ kind, name }: Named): string {
  return `${kind} ${name} has neither spec.replicas nor an autoscaler, so it runs one pod: set one of them to 2 at least`;
}

function protects(budget: KubernetesObject, deployment: KubernetesObject): boolean {
  if (!sameNamespace(budget, deployment)) return false;
  const selector = at(budget.props, "spec", "selector");
  if (isMissing(selector)) return false;
  const labels = at(deployment.props, "spec", "template", "metadata", "labels");
  return (
    entries(at(selector, "matchLabels")).every(([key, wanted]) => mayEqual(wanted, at(labels, key))) &&
    items(at(selector, "matchExpressions")).every((expression) => mayMatch(expression, labels))
  );
}

function mayMatch(expression: Field, labels: Field): boolean {
  const key = textAt(at(expression, "key"));
  if (key === undefined || isUnknown(labels)) return true;
  const label = at(labels, key);
  const listed = items(at(expression, "values")).some((value) => mayEqual(value, label));
  const operators: Readonly<Record<string, boolean>> = {
    In: listed,
    NotIn: !listed,
    Exists: !isMissing(label),
    DoesNotExist: isMissing(label),
  };
  return operators[textAt(at(expression, "operator")) ?? ""] ?? true;
}

function isScaled(deployment: KubernetesObject, autoscalers: readonly KubernetesObject[]): boolean {
  const replicas = at(deployment.props, "spec", "replicas");
  if (isUnknown(replicas) || numberAt(replicas) !== undefined) return true;
  return autoscalers.some((autoscaler) => {
    const target = at(autoscaler.props, "spec", "scaleTargetRef", "name");
    return sameNamespace(autoscaler, deployment) && mayEqual(target, at(deployment.props, "metadata", "name"));
  });
}

function sameNamespace(one: KubernetesObject, other: KubernetesObject): boolean {
  return mayEqual(at(one.props, "metadata", "namespace"), at(other.props, "metadata", "namespace"));
}

function mayEqual(one: Field, other: Field): boolean {
  return isUnknown(one) || isUnknown(other) || one.value === other.value;
}
