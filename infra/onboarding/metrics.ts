import { answeredWithin } from "../clients/answered-within.ts";
import { openKubernetes } from "../clients/kubernetes.ts";
import { AT_ONCE } from "../clients/kubernetes-client.ts";
import { gateLimits } from "../gates/gate.ts";
import { isNoSample, type Reading, totals } from "../metrics/reading.ts";
import { labelNames } from "../metrics/series.ts";
import { countedOf, countersFrom, hasDurations } from "../metrics/sources.ts";
import { holds, type Line, looked } from "../runbooks/verify-release/check.ts";
import type { Settings } from "../settings/index.ts";
import type { Updates } from "./aws-lines.ts";
import { judgeDurations } from "./latency.ts";

/** Milliseconds that the source has: the doctor is quick, whatever it finds. */
const WITHIN = 3_000;

/** A stack that is new has had no request: that is no trouble, and looks like a wrong label. */
function nothingYet(check: string, source: string, updates: Updates): Line {
  if (updates === "before its first update")
    return holds(check, `${source} answers; there is no release to count requests of before the first \`pulumi up\``);
  return holds(
    check,
    `${source} answers, and shows no request of a release yet: send one and look again (docs/metrics.md)`,
  );
}

/** What a source shows (pure). */
export function judgeMetrics(check: string, source: string, readings: readonly Reading[], updates: Updates): Line {
  const [newest] = readings;
  if (newest === undefined || newest.requests.length === 0) return nothingYet(check, source, updates);
  const labels = [...new Set(newest.requests.flatMap(({ key }) => labelNames(key)))].sort();
  const all = Object.values(totals(newest)).reduce((sum, { requests }) => sum + requests, 0);
  const releases = new Set(newest.requests.map(({ release }) => release)).size;
  const processes = newest.targets.length === 0 ? "" : ` by ${newest.targets.length} processes`;
  const durations = newest.buckets.length === 0 ? "; no histogram of durations" : "";
  return holds(
    check,
    `${source}: ${all} requests to ${releases} releases${processes}, labels ${labels.join(", ")}${durations}`,
  );
}

/** Asks where requests are counted, and says which labels came back and what latency can be judged by. */
export async function examineMetrics(stack: string, settings: Settings, updates: Updates): Promise<Line[]> {
  const check = `metrics of ${stack}`;
  const { source } = settings.metrics;
  const durations = hasDurations(settings.metrics);
  const { latency } = gateLimits(settings.gates, { stage: settings.stage, durations, scale: 1 });
  return looked(check, "see the setting metrics and docs/metrics.md", async () => {
    const cluster = await openKubernetes({ context: settings.cluster.context ?? null, patience: AT_ONCE });
    try {
      const counters = countersFrom(settings.metrics, countedOf(settings), cluster);
      const late = new Error(`${source} gave no answer within ${WITHIN / 1_000} s`);
      const readings = await answeredWithin(WITHIN, counters(), late);
      return [judgeMetrics(check, source, readings, updates), judgeDurations(stack, latency, readings, updates)];
    } catch (error) {
      if (!isNoSample(error)) throw error;
      return [nothingYet(check, source, updates), judgeDurations(stack, latency, [], updates)];
    }
  });
}
