import { isCompared, type MetricRule } from "../metrics/own/metric.ts";

/** The gates of the team's own metrics: all of them, and those that need no stable release. */
export type OwnGate = "metrics" | "metric-limits";

/** Which gates a stack's own metrics (`gates.metrics`) ask for (pure): a stack without any gets none. */
export function ownGatesFor(metrics: readonly Pick<MetricRule, "compare" | "query">[]): OwnGate[] {
  if (metrics.length === 0) return [];
  return metrics.every(isCompared) ? ["metrics"] : ["metrics", "metric-limits"];
}

/** Those that can judge a release without a stable one beside it (pure). */
export function limitsAmong(gates: readonly OwnGate[] = []): OwnGate[] {
  return gates.filter((gate) => gate === "metric-limits");
}

/** Those that can judge a release with such a share of the traffic (pure): at 100 % there is nobody to compare with. */
export function ownGatesAt(weight: number, gates: readonly OwnGate[] = []): OwnGate[] {
  return weight === 100 ? limitsAmong(gates) : gates.filter((gate) => gate === "metrics");
}
