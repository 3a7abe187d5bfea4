import { judgeErrorRate, newErrorRateMemory, takeIn } from "../../../infra/gates/error-rate.ts";
import type { GateLimits } from "../../../infra/gates/gate.ts";
import { NO_OWN_REQUESTS } from "../../../infra/metrics/own-requests.ts";
import { rankZ, shiftEstimate } from "./mann-whitney.ts";
import { readings, type Slice } from "./traces.ts";

/** When a rule aborts a canary: in seconds since its first weight, null if it never does. */
export interface Rule {
  name: string;
  /** The rule as it is implemented here. */
  stated: string;
  abortsAt(slices: readonly Slice[]): number | null;
}

const NAMES = { canary: "canary", stable: "stable" };

/** The slices added up to windows of `seconds`. */
function windows(slices: readonly Slice[], seconds: number): Slice[] {
  const all: Slice[] = [];
  for (const { until, canary, stable } of slices) {
    const last = all.at(-1);
    if (last === undefined || last.until % seconds === 0) {
      all.push({ until, canary: { ...canary }, stable: { ...stable } });
      continue;
    }
    last.until = until;
    last.canary.requests += canary.requests;
    last.canary.errors += canary.errors;
    last.stable.requests += stable.requests;
    last.stable.errors += stable.errors;
  }
  return all;
}

/** This project's gate, looked at every `seconds`; its evidence is carried from weight to weight. */
export function sequential(limits: GateLimits, seconds: number): Rule {
  return {
    name: `this gate, ${seconds} s`,
    stated: `the sequential test at alpha ${limits.alpha} and the hard limit of ${limits.hardLimitPercent} %, looked at every ${seconds} s`,
    abortsAt(slices) {
      let memory = newErrorRateMemory({ release: NAMES.canary, stable: NAMES.stable });
      for (const reading of readings(windows(slices, seconds), NAMES)) {
        memory = takeIn(memory, { readings: [reading], own: NO_OWN_REQUESTS }, limits).memory;
        if (judgeErrorRate(memory, { kind: "interval" }, limits).answer === "fail") return reading.to / 1000;
      }
      return null;
    },
  };
}

interface SuccessRate {
  name: string;
  /** Seconds between checks, and the window that each of them looks at. */
  interval: number;
  /** A check fails below this share of requests that succeed. */
  minimum: number;
  /** The abort comes with this many failed checks. */
  failedChecks: number;
  noTraffic: "fails" | "is ignored";
}

function successRate({ name, interval, minimum, failedChecks, noTraffic }: SuccessRate): Rule {
  return {
    name,
    stated: `every ${interval} s the canary's success rate of the last ${interval} s; below ${minimum * 100} % the check fails, no traffic ${noTraffic}; abort at failed check ${failedChecks}`,
    abortsAt(slices) {
      let failed = 0;
      for (const { until, canary } of windows(slices, interval)) {
        const bad = canary.requests === 0 ? noTraffic === "fails" : canary.errors > canary.requests * (1 - minimum);
        if (bad) failed += 1;
        if (failed >= failedChecks) return until;
      }
      return null;
    },
  };
}

export const flagger = (threshold: number): Rule =>
  successRate({
    name: `Flagger, ${threshold}`,
    interval: 60,
    minimum: 0.99,
    failedChecks: threshold,
    noTraffic: "fails",
  });

export const argo: Rule = successRate({
  name: "Argo Rollouts",
  interval: 300,
  minimum: 0.95,
  failedChecks: 1,
  noTraffic: "is ignored",
});

const KAYENTA_POINTS = 50;
/** The 99 % quantile of the normal distribution: a two-sided confidence of 98 %. */
const KAYENTA_QUANTILE = 2.3263;
const KAYENTA_TOLERANCE = 0.25;

export const kayenta: Rule = {
  name: "Kayenta",
  stated:
    "error rates per minute of canary and stable, judged every minute from 50 points of each on; High where the lower end of the Mann-Whitney shift's 98 % confidence interval is above a quarter of its estimate; High aborts",
  abortsAt(slices) {
    const canary: number[] = [];
    const stable: number[] = [];
    for (const window of windows(slices, 60)) {
      if (window.canary.requests > 0) canary.push(window.canary.errors / window.canary.requests);
      if (window.stable.requests > 0) stable.push(window.stable.errors / window.stable.requests);
      if (Math.min(canary.length, stable.length) < KAYENTA_POINTS) continue;
      const tolerated = KAYENTA_TOLERANCE * Math.abs(shiftEstimate(canary, stable));
      if (rankZ(canary, stable, tolerated) > KAYENTA_QUANTILE) return window.until;
    }
    return null;
  },
};
