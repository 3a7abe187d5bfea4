/** A pod that an autoscaler's target selects; `usage` in percent of its request, null where there are no metrics of it. */
export interface MeasuredPod {
  state: "counted" | "pending" | "ignored";
  usage: number | null;
}

/** How far the load may be from its target before anything is scaled (--horizontal-pod-autoscaler-tolerance). */
const TOLERANCE = 0.1;

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * How many pods the load asks for (pure), after kubernetes, pkg/controller/podautoscaler/replica_calculator.go: a pod without metrics
 * counts as idle where more pods would be wanted and as fully used where fewer would be, and where that turns the answer round nothing
 * is scaled. So a Job's pod among them keeps the number where it is.
 * @param target percent of the request
 */
export function replicasForLoad(present: number, target: number, pods: readonly MeasuredPod[]): number {
  const counted = pods.filter(({ state }) => state !== "ignored");
  const measured = counted.flatMap(({ state, usage }) => (state === "pending" || usage === null ? [] : [usage]));
  if (measured.length === 0) return present;
  const ratio = mean(measured) / target;
  const missing = counted.length - measured.length;
  if (missing === 0) return Math.abs(1 - ratio) <= TOLERANCE ? present : Math.ceil(ratio * measured.length);
  const assumed = ratio > 1 ? 0 : Math.max(100, target);
  const all = [...measured, ...Array.from({ length: missing }, () => assumed)];
  const corrected = mean(all) / target;
  const turned = (ratio < 1 && corrected > 1) || (ratio > 1 && corrected < 1);
  if (turned || Math.abs(1 - corrected) <= TOLERANCE) return present;
  const wanted = Math.ceil(corrected * all.length);
  const against = (corrected < 1 && wanted > present) || (corrected > 1 && wanted < present);
  return against ? present : wanted;
}
