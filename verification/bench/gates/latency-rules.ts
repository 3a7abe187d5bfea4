import { type Durations, quantileOf } from "../../../infra/gates/durations.ts";
import type { GateLimits } from "../../../infra/gates/gate.ts";
import { judgeLatency } from "../../../infra/gates/latency.ts";
import { newLatencyMemory, takeInLatencies } from "../../../infra/gates/latency-evidence.ts";
import { NO_OWN_REQUESTS } from "../../../infra/metrics/own-requests.ts";
import { addDurations, type DurationSlice, durationReadings } from "./durations.ts";
import { rankZ, shiftEstimate } from "./mann-whitney.ts";

/** When a rule aborts a canary for its durations: in seconds since its first weight, null if it never does. */
export interface LatencyRule {
  name: string;
  /** The rule as it is implemented here. */
  stated: string;
  abortsAt(slices: readonly DurationSlice[]): number | null;
}

const NAMES = { canary: "canary", stable: "stable" };

/** The slices added up to windows of `seconds`. */
function windows(slices: readonly DurationSlice[], seconds: number): DurationSlice[] {
  const all: DurationSlice[] = [];
  for (const slice of slices) {
    const last = all.at(-1);
    if (last === undefined || last.until % seconds === 0) {
      all.push({ ...slice });
      continue;
    }
    last.until = slice.until;
    last.canary = addDurations(last.canary, slice.canary);
    last.stable = addDurations(last.stable, slice.stable);
    last.hit += slice.hit;
  }
  return all;
}

/** This project's gate, looked at every `seconds`; its evidence is carried from weight to weight. */
export function latencyGate(limits: GateLimits, seconds: number, when: string): LatencyRule {
  return {
    name: `this gate, ${when}`,
    stated: `the sequential test of each bucket at alpha ${Number((limits.latency?.alpha ?? 0).toPrecision(3))} (its part of ${Number((limits.alpha + (limits.latency?.alpha ?? 0)).toPrecision(3))}) after a warm-up of 10 s, looked at every ${seconds} s`,
    abortsAt(slices) {
      let memory = newLatencyMemory({ release: NAMES.canary, stable: NAMES.stable });
      const seen = windows(slices, seconds);
      for (const reading of durationReadings(seen, NAMES, seen[0]?.canary.bounds ?? [])) {
        if (limits.latency === null) return null;
        memory = takeInLatencies(memory, { readings: [reading], own: NO_OWN_REQUESTS }, limits.latency).memory;
        if (judgeLatency(memory, { kind: "interval" }, limits).answer === "fail") return reading.to / 1_000;
      }
      return null;
    },
  };
}

interface Threshold {
  name: string;
  /** Seconds between checks, and the window that each of them looks at. */
  interval: number;
  /** The abort comes with this many failed checks. */
  failedChecks: number;
}

/** What the tools' own examples hold the 99th percentile against, in milliseconds. */
const P99_LIMIT = 500;

/** A quantile above the last bound counts as that bound, as histogram_quantile has it. */
function quantile(durations: Durations, which: number): number | null {
  if (durations.requests === 0) return null;
  return quantileOf(durations, which) ?? durations.bounds.at(-1) ?? null;
}

function p99Threshold({ name, interval, failedChecks }: Threshold): LatencyRule {
  return {
    name,
    stated: `every ${interval} s the canary's p99 of the last ${interval} s; above ${P99_LIMIT} ms the check fails; abort at failed check ${failedChecks}`,
    abortsAt(slices) {
      let failed = 0;
      for (const { until, canary } of windows(slices, interval)) {
        if ((quantile(canary, 0.99) ?? 0) > P99_LIMIT) failed += 1;
        if (failed >= failedChecks) return until;
      }
      return null;
    },
  };
}

export const flaggerP99 = (failedChecks: number) =>
  p99Threshold({ name: `Flagger p99, ${failedChecks}`, interval: 60, failedChecks });
export const argoP99: LatencyRule = p99Threshold({ name: "Argo Rollouts p99", interval: 300, failedChecks: 1 });

/** What was measured of one quantile, minute by minute. */
interface Points {
  which: number;
  canary: number[];
  stable: number[];
}

const KAYENTA_POINTS = 50;
/** The 99 % quantile of the normal distribution: a two-sided confidence of 98 %. */
const KAYENTA_QUANTILE = 2.3263;
const KAYENTA_TOLERANCE = 0.25;

export const kayentaLatency: LatencyRule = {
  name: "Kayenta",
  stated:
    "median and p99 per minute of canary and stable, judged every minute from 50 points of each on; High where the lower end of the Mann-Whitney shift's 98 % confidence interval is above a quarter of its estimate; either High aborts",
  abortsAt(slices) {
    const points = [0.5, 0.99].map((which): Points => ({ which, canary: [], stable: [] }));
    for (const window of windows(slices, 60)) {
      for (const { which, canary, stable } of points) {
        const [one, other] = [quantile(window.canary, which), quantile(window.stable, which)];
        if (one !== null) canary.push(one);
        if (other !== null) stable.push(other);
        if (Math.min(canary.length, stable.length) < KAYENTA_POINTS) continue;
        const tolerated = KAYENTA_TOLERANCE * Math.abs(shiftEstimate(canary, stable));
        if (rankZ(canary, stable, tolerated) > KAYENTA_QUANTILE) return window.until;
      }
    }
    return null;
  },
};
