import { judgeErrorRate, keptErrorRateMemory, newErrorRateMemory, takeIn } from "../../../infra/gates/error-rate.ts";
import type { GateLimits, LatencyLimits } from "../../../infra/gates/gate.ts";
import { judgeLatency } from "../../../infra/gates/latency.ts";
import { keptLatencyMemory, newLatencyMemory, takeInLatencies } from "../../../infra/gates/latency-evidence.ts";
import { NO_OWN_REQUESTS } from "../../../infra/metrics/own-requests.ts";
import type { Reading } from "../../../infra/metrics/reading.ts";
import { CLIENT_BOUNDS, durationReadings, durationTrace, type Service } from "./durations.ts";
import { seeded } from "./random.ts";
import { readings, trace } from "./traces.ts";

/** A canary that is as good as the stable release: both fail and are slow alike. */
export interface GoodCanary {
  requestsPerSecond: number;
  failing: number;
  service: Service;
  steps: readonly { weight: number; seconds: number }[];
}

/** How many of the canaries each gate took back, and how many either did. */
export interface Taken {
  byErrors: number;
  byLatency: number;
  byEither: number;
}

const NAMES = { canary: "canary", stable: "stable" };
const LOOK_EVERY = 10;

/** Whether each gate takes a canary back by its end, with all that it spends of alpha: comparison, limits, and the guard once it is alone. */
function judged(canary: GoodCanary, limits: GateLimits & { latency: LatencyLimits }, seed: number) {
  const { requestsPerSecond, failing, service, steps } = canary;
  const slices = trace(seeded(seed), { requestsPerSecond, baseline: failing, canary: failing, steps }, LOOK_EVERY);
  const timed = durationTrace(
    seeded(seed + 0x5bd1e995),
    { requestsPerSecond, stable: service, canary: service, steps, bounds: CLIENT_BOUNDS },
    LOOK_EVERY,
  );
  const ends = new Set<number>();
  steps.reduce((end, { seconds }) => {
    ends.add((end + seconds) * 1_000);
    return end + seconds;
  }, 0);
  const target = { release: NAMES.canary, stable: NAMES.stable };
  let errors = newErrorRateMemory(target);
  let latency = newLatencyMemory(target);
  const found = { byErrors: false, byLatency: false };
  const histograms = durationReadings(timed, NAMES, CLIENT_BOUNDS);
  for (const [index, counted] of readings(slices, NAMES).entries()) {
    const reading: Reading = { ...counted, buckets: histograms[index]?.buckets ?? [] };
    const seen = { readings: [reading], own: NO_OWN_REQUESTS };
    errors = takeIn(errors, seen, limits).memory;
    latency = takeInLatencies(latency, seen, limits.latency).memory;
    found.byErrors ||= judgeErrorRate(errors, { kind: "interval" }, limits).answer === "fail";
    found.byLatency ||= judgeLatency(latency, { kind: "interval" }, limits).answer === "fail";
    if (ends.has(reading.to)) [errors, latency] = [keptErrorRateMemory(errors), keptLatencyMemory(latency)];
  }
  return found;
}

/** Plays so many good canaries, each looked at by both gates that count. */
export function takenBack(
  canary: GoodCanary,
  limits: GateLimits & { latency: LatencyLimits },
  canaries: number,
  seed: number,
): Taken {
  const taken = { byErrors: 0, byLatency: 0, byEither: 0 };
  for (let at = 0; at < canaries; at += 1) {
    const { byErrors, byLatency } = judged(canary, limits, seed + at);
    if (byErrors) taken.byErrors += 1;
    if (byLatency) taken.byLatency += 1;
    if (byErrors || byLatency) taken.byEither += 1;
  }
  return taken;
}
