import type { Reading, RequestCount, RequestSeries } from "../../../infra/metrics/reading.ts";
import { binomial, poisson, type Random } from "./random.ts";

/** What a canary and its traffic are like. */
export interface Scenario {
  /** Requests per second over both releases. */
  requestsPerSecond: number;
  /** The stable release's share of failing requests. */
  baseline: number;
  /** The canary's. */
  canary: number;
  /** Weights in percent and the seconds that each stands. */
  steps: readonly { weight: number; seconds: number }[];
}

/** Requests and errors of both releases in one slice of time. */
export interface Slice {
  /** Seconds since the canary got its first weight. */
  until: number;
  canary: { requests: number; errors: number };
  stable: { requests: number; errors: number };
}

function slice(random: Random, requests: number, share: number): { requests: number; errors: number } {
  const arrived = poisson(random, requests);
  return { requests: arrived, errors: binomial(random, arrived, share) };
}

/** One canary's traffic in slices of `seconds`. */
export function trace(random: Random, scenario: Scenario, seconds: number): Slice[] {
  const slices: Slice[] = [];
  let until = 0;
  for (const step of scenario.steps) {
    for (let passed = 0; passed < step.seconds; passed += seconds) {
      until += seconds;
      const requests = scenario.requestsPerSecond * seconds;
      const share = step.weight / 100;
      slices.push({
        until,
        canary: slice(random, requests * share, scenario.canary),
        stable: slice(random, requests * (1 - share), scenario.baseline),
      });
    }
  }
  return slices;
}

const GATEWAY = "gateway";

/** What one process shows that has counted so much of each release; `at` in milliseconds since the epoch. */
export function readingOf(at: number, releases: Readonly<Record<string, RequestCount>>): Reading {
  const series = (release: string, code: string, value: number): RequestSeries => ({
    key: `${release} ${code}`,
    target: GATEWAY,
    release,
    code,
    value,
  });
  const requests = Object.entries(releases).flatMap(([release, { requests, errors }]) => [
    series(release, "200", requests - errors),
    series(release, "500", errors),
  ]);
  return { from: at, to: at, targets: [GATEWAY], requests, buckets: [], counted: "all" };
}

/** The counters that a gateway would show after each slice, beginning with zeros. */
export function readings(slices: readonly Slice[], names: { canary: string; stable: string }): Reading[] {
  const canary = { requests: 0, errors: 0 };
  const stable = { requests: 0, errors: 0 };
  const reading = (until: number): Reading =>
    readingOf(until * 1_000, { [names.canary]: canary, [names.stable]: stable });
  const all = [reading(0)];
  for (const slice of slices) {
    canary.requests += slice.canary.requests;
    canary.errors += slice.canary.errors;
    stable.requests += slice.stable.requests;
    stable.errors += slice.stable.errors;
    all.push(reading(slice.until));
  }
  return all;
}
