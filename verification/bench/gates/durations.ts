import type { Durations } from "../../../infra/gates/gate.ts";
import type { BucketSeries, Reading } from "../../../infra/metrics/reading.ts";
import { binomial, poisson, type Random } from "./random.ts";

/** How long a release's requests take: lognormal, and a share of them takes longer by a fixed time. */
export interface Service {
  /** Milliseconds. */
  median: number;
  /** The standard deviation of the logarithm. */
  spread: number;
  /** The share of requests that are slowed down, and by how many milliseconds. */
  slowed: { share: number; by: number };
}

/** A canary and its traffic, as far as durations go. */
export interface DurationScenario {
  requestsPerSecond: number;
  stable: Service;
  canary: Service;
  steps: readonly { weight: number; seconds: number }[];
  /** The bounds of the histogram, in milliseconds. */
  bounds: readonly number[];
  /** Seconds for which each request of the canary takes `warmUp.by` milliseconds longer. */
  warmUp?: { seconds: number; by: number };
}

/** Durations of both releases in one slice of time. */
export interface DurationSlice {
  /** Seconds since the canary got its first weight. */
  until: number;
  canary: Durations;
  stable: Durations;
  /** Requests of the canary that were slowed down. */
  hit: number;
}

/** The bounds of client libraries' histograms, in milliseconds (prom-client, client_golang). */
export const CLIENT_BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/** Traefik's own bounds, in milliseconds. */
export const TRAEFIK_BOUNDS = [100, 300, 1_200, 5_000];

/** The normal distribution's upper tail (Abramowitz and Stegun 7.1.26 in relative form: continued fraction far out). */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

function shareAbove({ median, spread }: Service, milliseconds: number): number {
  return milliseconds <= 0 ? 1 : upperTail(Math.log(milliseconds / median) / spread);
}

/** How many of the requests take longer than each bound: drawn bucket by bucket. */
function drawSlower(
  random: Random,
  requests: number,
  service: Service,
  by: number,
  bounds: readonly number[],
): number[] {
  let [left, shareLeft] = [requests, 1];
  return bounds.map((bound) => {
    const share = shareAbove(service, bound - by);
    left = shareLeft === 0 ? 0 : binomial(random, left, Math.min(1, share / shareLeft));
    shareLeft = share;
    return left;
  });
}

function serve(random: Random, mean: number, service: Service, warming: number, bounds: readonly number[]) {
  const requests = poisson(random, mean);
  const hit = binomial(random, requests, service.slowed.share);
  const slowed = drawSlower(random, hit, service, service.slowed.by + warming, bounds);
  const usual = drawSlower(random, requests - hit, service, warming, bounds);
  const slower = slowed.map((count, at) => count + (usual[at] ?? 0));
  return { durations: { requests, bounds, slower }, hit };
}

/** One canary's traffic in slices of `seconds`. */
export function durationTrace(random: Random, scenario: DurationScenario, seconds: number): DurationSlice[] {
  const slices: DurationSlice[] = [];
  let until = 0;
  for (const { weight, seconds: stands } of scenario.steps) {
    for (let passed = 0; passed < stands; passed += seconds) {
      const warming = until < (scenario.warmUp?.seconds ?? 0) ? (scenario.warmUp?.by ?? 0) : 0;
      until += seconds;
      const requests = scenario.requestsPerSecond * seconds;
      const canary = serve(random, (requests * weight) / 100, scenario.canary, warming, scenario.bounds);
      const stable = serve(random, requests * (1 - weight / 100), scenario.stable, 0, scenario.bounds);
      slices.push({ until, canary: canary.durations, stable: stable.durations, hit: canary.hit });
    }
  }
  return slices;
}

export function addDurations(one: Durations, other: Durations): Durations {
  const slower = one.slower.map((count, at) => count + (other.slower[at] ?? 0));
  return { requests: one.requests + other.requests, bounds: one.bounds, slower };
}

const GATEWAY = "gateway";

/** What one process of a Gateway shows of its releases' durations at a time. */
export function durationReading(at: number, releases: Readonly<Record<string, Durations>>): Reading {
  const buckets = Object.entries(releases).flatMap(([release, { requests, bounds, slower }]) => {
    const bucket = (le: number, value: number): BucketSeries => ({
      key: `${release} ${le}`,
      target: GATEWAY,
      release,
      le,
      value,
    });
    const upTo = bounds.map((bound, index) => bucket(bound / 1_000, requests - (slower[index] ?? 0)));
    return [...upTo, bucket(Number.POSITIVE_INFINITY, requests)];
  });
  return { from: at, to: at, targets: [GATEWAY], requests: [], buckets, counted: "all" };
}

/** The histograms that a gateway would show after each slice, beginning with zeros. */
export function durationReadings(
  slices: readonly DurationSlice[],
  names: { canary: string; stable: string },
  bounds: readonly number[],
): Reading[] {
  const nothing: Durations = { requests: 0, bounds, slower: bounds.map(() => 0) };
  let [canary, stable] = [nothing, nothing];
  const reading = (until: number) => durationReading(until * 1_000, { [names.canary]: canary, [names.stable]: stable });
  const all = [reading(0)];
  for (const slice of slices) {
    canary = addDurations(canary, slice.canary);
    stable = addDurations(stable, slice.stable);
    all.push(reading(slice.until));
  }
  return all;
}
