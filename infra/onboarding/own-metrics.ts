import { openKubernetes } from "../clients/kubernetes.ts";
import { AT_ONCE } from "../clients/kubernetes-client.ts";
import { NAME_LABEL } from "../domain/object-names.ts";
import type { JudgedPod } from "../gates/gate.ts";
import { type Figures, figuresOf, judgedValue } from "../gates/metrics.ts";
import { isCompared, type OwnMetric } from "../metrics/own/metric.ts";
import { openOwnMetrics } from "../metrics/own/sources.ts";
import { fails, holds, type Line, looked } from "../runbooks/verify-release/check.ts";
import type { Settings } from "../settings/index.ts";

const REMEDY = "see the setting gates.metrics and docs/metrics.md: a metric without a value holds every canary";

/** The release that most of the serving pods are of (pure); null where there is none. */
export function mostServing(pods: readonly Pick<JudgedPod, "release" | "job" | "leaving">[]): string | null {
  const counts = new Map<string, number>();
  for (const { release, job, leaving } of pods) {
    if (release !== null && job === null && !leaving) counts.set(release, (counts.get(release) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}

/** What a metric says of the release that serves (pure). What it is held against is left out: there is one release alone. */
export function judgeOwnMetric(stack: string, metric: OwnMetric, release: string, { canary }: Figures): Line {
  const check = `metric ${metric.name} of ${stack}`;
  const judged = judgedValue("limit", { canary, stable: null });
  if ("why" in judged) return fails(check, `${release}: ${judged.why}`, REMEDY);
  const bounds = [
    ...(metric.max === null ? [] : [`max ${metric.max}`]),
    ...(metric.min === null ? [] : [`min ${metric.min}`]),
  ].join(", ");
  return holds(check, `${release}: ${judged.value}; ${metric.compare}: ${bounds}`);
}

/** Asks each of the team's own metrics once, for the release that serves, and says what came back. */
export async function examineOwnMetrics(stack: string, { cluster, application, gates }: Settings): Promise<Line[]> {
  if (gates.metrics.length === 0) return [];
  const check = `own metrics of ${stack}`;
  return looked(check, "see the line about its cluster", async () => {
    const kubernetes = await openKubernetes({ context: cluster.context ?? null, patience: AT_ONCE });
    const release = mostServing(await kubernetes.pods(cluster.namespace, { [NAME_LABEL]: application.name }));
    if (release === null) return [holds(check, "there is no release yet that they could be asked about")];
    const metrics = openOwnMetrics(gates.metrics, { env: process.env, scale: 1 });
    const { signal } = new AbortController();
    return Promise.all(
      metrics.map(async (metric) => {
        const once = isCompared(metric) ? { ...metric, compare: "limit" as const } : metric;
        const figures = await figuresOf(once, { release, stable: release }, signal);
        return judgeOwnMetric(stack, metric, release, figures);
      }),
    );
  });
}
