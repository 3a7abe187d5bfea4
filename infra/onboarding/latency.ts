import type { Durations, LatencyLimits } from "../gates/gate.ts";
import { boundOfLimit, comparedBounds } from "../gates/latency-evidence.ts";
import type { Reading } from "../metrics/reading.ts";
import { fails, holds, type Line } from "../runbooks/verify-release/check.ts";
import type { Updates } from "./aws-lines.ts";

const SECOND = 1_000;

/** The bounds of the histogram that a reading shows, in milliseconds and rising, without the one for all requests. */
function boundsOf(readings: readonly Reading[]): Pick<Durations, "bounds"> {
  const bounds = (readings[0]?.buckets ?? []).flatMap(({ le }) => (Number.isFinite(le) ? [le * SECOND] : []));
  return { bounds: [...new Set(bounds)].sort((one, other) => one - other) };
}

/** What the latency gate can tell with the histogram that the metrics show (pure); null is what the settings' source has none for. */
export function judgeDurations(
  stack: string,
  limits: Pick<LatencyLimits, "from" | "quantiles"> | null,
  readings: readonly Reading[],
  updates: Updates,
): Line {
  const check = `latency of ${stack}`;
  if (limits === null)
    return holds(check, "isn't judged: the setting metrics names no histogram of durations (docs/metrics.md)");
  const shown = boundsOf(readings);
  if (shown.bounds.length === 0 && updates === "before its first update")
    return holds(check, "there is no release to measure before the first `pulumi up`");
  if (shown.bounds.length === 0)
    return holds(check, "no duration of a release yet: send a request and look again (docs/metrics.md)");
  const untold = limits.quantiles.filter(({ milliseconds }) => boundOfLimit(shown, milliseconds) === null);
  if (untold.length > 0) {
    const named = untold.map(({ quantile, milliseconds }) => `p${100 * quantile} ${milliseconds} ms`).join(", ");
    const remedy = "raise the histogram's bounds, or lower gates.latency: every canary would hold";
    return fails(check, `no bound of the histogram is at or above the limit ${named}`, remedy);
  }
  const compared = comparedBounds(shown, limits);
  if (compared.length === 0) {
    const remedy = "give the histogram bounds that a user feels, or lower gates.latency.from";
    return fails(check, `no bound of the histogram is at or above ${limits.from} ms`, remedy);
  }
  const words = compared.map((bound) => (bound < SECOND ? `${bound} ms` : `${bound / SECOND} s`)).join(", ");
  return holds(check, `requests slower than ${words} are compared with the stable release's`);
}
