import type { Props } from "../handler.ts";
import { qualifiedName } from "./kinds.ts";
import { type KubeObject, timestamp } from "./objects.ts";
import { at, isProps, propsList } from "./props.ts";
import { type PodDisruptionBudgetSpec, podDisruptionBudgetSpec } from "./schemas/scaling.ts";
import { matchesSelector } from "./selectors.ts";
import type { Store } from "./store.ts";

/** A pod as the disruption controller sees it. */
export interface BudgetedPod {
  /** who owns it: a Deployment with its replicas, or something that can't be scaled; null for a pod of nobody's */
  owner: { name: string; replicas: number } | { unscalable: string } | null;
  /** ready, and not being deleted */
  healthy: boolean;
}

/** What a budget's status says, or why the controller couldn't count. */
export type Counted =
  | { allowed: number; currentHealthy: number; desiredHealthy: number; expectedPods: number }
  | { failed: string };

/** A number of pods, or the share of them rounded up, as the controller rounds it. */
function resolved(value: number | string, of: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}

/**
 * How many pods may be disrupted (pure), after kubernetes, pkg/controller/disruption/disruption.go: a share or `maxUnavailable` asks
 * every pod's owner for its scale, and one that has none, such as a Job, fails the whole count; so does a Job's pod that has ended.
 */
export function countBudget(spec: PodDisruptionBudgetSpec, pods: readonly BudgetedPod[]): Counted {
  const currentHealthy = pods.filter(({ healthy }) => healthy).length;
  const { minAvailable, maxUnavailable } = spec;
  const answer = (desiredHealthy: number, expectedPods: number): Counted => {
    const allowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    return { allowed, currentHealthy, desiredHealthy, expectedPods };
  };
  if (typeof minAvailable === "number") return answer(minAvailable, pods.length);
  const replicas = new Map<string, number>();
  for (const { owner } of pods) {
    if (owner === null) continue;
    if ("unscalable" in owner) return { failed: `${owner.unscalable} does not implement the scale subresource` };
    replicas.set(owner.name, owner.replicas);
  }
  const expected = [...replicas.values()].reduce((sum, one) => sum + one, 0);
  if (minAvailable !== undefined) return answer(resolved(minAvailable, expected), expected);
  return answer(Math.max(0, expected - resolved(maxUnavailable ?? 0, expected)), expected);
}

/** Writes every PodDisruptionBudget's status, whenever it or a pod of its namespace has changed. */
export function runDisruptionBudgets(store: Store): { close(): void } {
  const due = new Set<string>();
  let closed = false;
  const schedule = (namespace: string): void => {
    if (closed || due.has(namespace)) return;
    due.add(namespace);
    setImmediate(() => {
      due.delete(namespace);
      if (closed) return;
      for (const budget of store.list("PodDisruptionBudget", namespace)) writeStatus(store, budget);
    });
  };
  const unsubscribe = store.onChange(({ type, object }) => {
    const { kind, metadata } = object;
    const scaled = kind === "Deployment" && type === "applied";
    if (kind === "Pod" || scaled || (kind === "PodDisruptionBudget" && type === "applied"))
      schedule(metadata.namespace);
  });
  return {
    close() {
      closed = true;
      unsubscribe();
    },
  };
}

function writeStatus(store: Store, budget: KubeObject): void {
  const spec = podDisruptionBudgetSpec.parse(budget.body.spec);
  const pods = store
    .list("Pod", budget.metadata.namespace)
    .filter(({ metadata }) => matchesSelector(spec.selector, metadata.labels));
  const counted = countBudget(
    spec,
    pods.map((pod) => budgetedPod(store, pod)),
  );
  store.setStatus(budget, statusOf(budget, counted));
}

function budgetedPod(store: Store, pod: KubeObject): BudgetedPod {
  const { owner, namespace, deletionTimestamp } = pod.metadata;
  const isReady = propsList(pod.status?.conditions).some(({ type, status }) => type === "Ready" && status === "True");
  const healthy = isReady && deletionTimestamp === undefined;
  if (owner === undefined) return { owner: null, healthy };
  if (owner.kind !== "Deployment") return { owner: { unscalable: qualifiedName(owner.kind) }, healthy };
  const deployment = store.get("Deployment", namespace, owner.name);
  const replicas = deployment === undefined ? 0 : at(deployment.body, "spec.replicas");
  return { owner: { name: owner.name, replicas: typeof replicas === "number" ? replicas : 1 }, healthy };
}

/** Where the count failed, the figures stay as they were, and nothing may be disrupted. */
function statusOf({ metadata, status }: KubeObject, counted: Counted): Props {
  const reason = "failed" in counted ? "SyncFailed" : counted.allowed > 0 ? "SufficientPods" : "InsufficientPods";
  const is = reason === "SufficientPods" ? "True" : "False";
  const message = "failed" in counted ? counted.failed : "";
  const [before] = propsList(status?.conditions);
  const since = before?.reason === reason ? before.lastTransitionTime : undefined;
  const condition: Props = {
    type: "DisruptionAllowed",
    status: is,
    reason,
    message,
    observedGeneration: metadata.generation,
    lastTransitionTime: since ?? timestamp(Date.now()),
  };
  const kept = isProps(status) ? status : { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  if ("failed" in counted) return { ...kept, disruptionsAllowed: 0, conditions: [condition] };
  const { allowed, ...figures } = counted;
  return { ...figures, disruptionsAllowed: allowed, observedGeneration: metadata.generation, conditions: [condition] };
}
