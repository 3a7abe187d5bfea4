import { seeded } from "./random.ts";
import type { Rule } from "./rules.ts";
import { type Scenario, type Slice, trace } from "./traces.ts";

export interface Outcome {
  rule: string;
  /** The share of canaries that the rule aborted. */
  aborted: number;
  /** Mean user requests that failed on the canary before the abort, or until the end of the trace. */
  failedRequests: number;
  /** Mean seconds to the abort of those aborted; null where none was. */
  seconds: number | null;
}

function failedUntil(slices: readonly Slice[], second: number): number {
  let failed = 0;
  for (const { until, canary } of slices) if (until <= second) failed += canary.errors;
  return failed;
}

/** Runs every rule on the same `canaries` traces of a scenario, in slices of 10 s. */
export function duel(scenario: Scenario, rules: readonly Rule[], canaries: number, seed: number): Outcome[] {
  const totals = rules.map(({ name }) => ({ rule: name, aborts: 0, failed: 0, seconds: 0 }));
  for (let canary = 0; canary < canaries; canary += 1) {
    const slices = trace(seeded(seed + canary), scenario, 10);
    for (const [index, rule] of rules.entries()) {
      const total = totals[index];
      if (total === undefined) continue;
      const at = rule.abortsAt(slices);
      total.failed += failedUntil(slices, at ?? Number.POSITIVE_INFINITY);
      if (at === null) continue;
      total.aborts += 1;
      total.seconds += at;
    }
  }
  return totals.map(({ rule, aborts, failed, seconds }) => ({
    rule,
    aborted: aborts / canaries,
    failedRequests: failed / canaries,
    seconds: aborts === 0 ? null : seconds / aborts,
  }));
}
