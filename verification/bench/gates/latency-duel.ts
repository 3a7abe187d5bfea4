import { type DurationScenario, durationTrace } from "./durations.ts";
import type { LatencyRule } from "./latency-rules.ts";
import { seeded } from "./random.ts";

export interface LatencyOutcome {
  rule: string;
  /** The share of canaries that the rule aborted. */
  aborted: number;
  /** Mean requests of users that were slowed down before the abort, or until the end of the trace. */
  hit: number;
  /** Mean seconds to the abort of those aborted; null where none was. */
  seconds: number | null;
}

/** Runs every rule on the same `canaries` traces of a scenario, in slices of 10 s. */
export function latencyDuel(
  scenario: DurationScenario,
  rules: readonly LatencyRule[],
  canaries: number,
  seed: number,
): LatencyOutcome[] {
  const totals = rules.map(({ name }) => ({ rule: name, aborts: 0, hit: 0, seconds: 0 }));
  for (let canary = 0; canary < canaries; canary += 1) {
    const slices = durationTrace(seeded(seed + canary), scenario, 10);
    for (const [index, rule] of rules.entries()) {
      const total = totals[index];
      if (total === undefined) continue;
      const at = rule.abortsAt(slices);
      const until = at ?? Number.POSITIVE_INFINITY;
      for (const slice of slices) if (slice.until <= until) total.hit += slice.hit;
      if (at === null) continue;
      total.aborts += 1;
      total.seconds += at;
    }
  }
  return totals.map(({ rule, aborts, hit, seconds }) => ({
    rule,
    aborted: aborts / canaries,
    hit: hit / canaries,
    seconds: aborts === 0 ? null : seconds / aborts,
  }));
}
