import type { Plan } from "../change/plan.ts";
import { formatDuration } from "../domain/durations.ts";
import type { ChangeEvent } from "../records/events.ts";
import { dataOf } from "./render/event-data.ts";
import { errorLooksIn } from "./render/looks.ts";
import { timelineOf } from "./render/view.ts";

/** A release for people. */
export type Named = { version: string; id: string };

/** What everybody is told when traffic had to go back, and what the ticket begins with. */
export interface Incident {
  change: string;
  runbook: string;
  stack: string;
  onCall: string;
  startedBy: string | null;
  reason: string;
  /** the release that lost its traffic, and the one that serves now */
  left: Named;
  serving: Named;
  scope: { since: string | null; until: string; largestShare: number; requests: number | null; errors: number | null };
  /** gates that did not pass, with what they saw */
  evidence: { at: string; step: string | null; gate: string; summary: string }[];
  timeline: { at: string; text: string }[];
}

const nameOf = ({ id, manifest }: { id: string; manifest: { version: string } }): Named => ({
  version: manifest.version,
  id,
});

/** Since when a release had traffic in this change, and how much at most. */
function shareOf(events: readonly ChangeEvent[], id: string): Pick<Incident["scope"], "since" | "largestShare"> {
  const shares = events.flatMap((event) => {
    const weight = dataOf("updated", event)?.weights[id] ?? 0;
    return weight > 0 ? [{ at: event.at, weight }] : [];
  });
  return { since: shares[0]?.at ?? null, largestShare: Math.max(0, ...shares.map(({ weight }) => weight)) };
}

function evidenceOf(events: readonly ChangeEvent[]): Incident["evidence"] {
  const last = new Map<string, Incident["evidence"][number]>();
  for (const event of events) {
    const verdict = dataOf("gate", event);
    if (verdict === null || verdict.answer === "pass") continue;
    last.set(`${event.step} ${verdict.gate}`, {
      at: event.at,
      step: event.step,
      gate: verdict.gate,
      summary: verdict.summary,
    });
  }
  return [...last.values()];
}

function reasonOf(events: readonly ChangeEvent[]): string {
  const failure = events.flatMap((event) => dataOf("failed", event) ?? dataOf("abort-requested", event) ?? []).at(0);
  const opened = events.flatMap((event) => dataOf("opened", event)?.reason ?? []).at(0);
  return failure?.reason ?? opened ?? "no reason given";
}

/** Gathers from a change's record what there is to tell (pure). */
export function incidentOf(
  stack: string,
  plan: Pick<Plan, "runbook" | "release" | "stable">,
  events: readonly ChangeEvent[],
  now: number,
): Incident {
  const opened = events.flatMap((event) => dataOf("opened", event) ?? [])[0];
  const failed = events.some(({ type }) => type === "failed" || type === "abort-requested");
  const back = plan.runbook === "rollback" && !failed;
  const [left, serving] = back ? [plan.stable, plan.release] : [plan.release, plan.stable];
  const leaving = nameOf(left ?? plan.release);
  return {
    change: events[0]?.change ?? "",
    runbook: plan.runbook,
    stack,
    onCall: opened?.onCall ?? "",
    startedBy: opened?.startedBy ?? null,
    reason: reasonOf(events),
    left: leaving,
    serving: nameOf(serving ?? plan.release),
    scope: {
      ...(back ? { since: null, largestShare: 100 } : shareOf(events, leaving.id)),
      until: new Date(now).toISOString(),
      ...(errorLooksIn(events).at(-1)?.canary ?? { requests: null, errors: null }),
    },
    evidence: evidenceOf(events),
    timeline: timelineOf(events).map(({ at, text }) => ({ at, text })),
  };
}

/** The incident's extent in one sentence (pure). */
export function scopeInWords({ left, scope }: Pick<Incident, "left" | "scope">): string {
  const { since, until, largestShare, requests, errors } = scope;
  const time = since === null ? `until ${until}` : `for ${formatDuration(Date.parse(until) - Date.parse(since))}`;
  const counted = requests === null ? "" : `; ${errors} of its ${requests} counted requests failed`;
  return `${left.version} had up to ${largestShare} % of the traffic ${time}${counted}`;
}

/** What happened in one sentence (pure). */
export function headlineOf({ stack, left, serving }: Pick<Incident, "stack" | "left" | "serving">): string {
  return `${stack}: all traffic is back on ${serving.version}; ${left.version} was taken back`;
}
