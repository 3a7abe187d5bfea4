import type { LearntAlarm } from "../../domain/alarm.ts";
import { formatDuration } from "../../domain/durations.ts";
import type { IncidentSettings } from "../../settings/incident.ts";
import { classOf, errorBudgetOf, type Figures } from "./impact.ts";
import type { Situation } from "./situation.ts";

/** What is to be done after an incident. */
export type Action = {
  what: string;
  owner: string;
  due: string;
  /** how one sees that it was done */
  verifiedBy: string;
};

/** What is kept of an incident once it is over. Times are ISO 8601 in UTC, null where there was none. */
export interface PostIncident {
  summary: string;
  timeline: { started: string; detected: string; mitigated: string | null; resolved: string };
  impact: { class: string; figures: Figures };
  alarms: LearntAlarm[];
  actions: Action[];
}

/** What the report is made of. */
export interface ReportParts {
  situation: Situation;
  settings: IncidentSettings;
  onCall: string;
  resolvedAt: number;
  /** the first failing line of the logs, where one tells of it earlier than the first look */
  startedAt: number;
  users: number | null;
  requests: { requests: number; failed: number } | null;
  alarms: LearntAlarm[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

function actionsOf({ situation, settings, onCall, resolvedAt, alarms }: ReportParts): Action[] {
  const { actionsWithin, databaseOwner } = settings;
  const { cause, restarts } = situation;
  const backend = cause?.kind === "backend" || cause?.kind === "credential";
  const action = (what: string, verifiedBy: string, owner = onCall, within = actionsWithin): Action => ({
    what,
    owner,
    due: iso(resolvedAt + within).slice(0, 10),
    verifiedBy,
  });
  const why = action(
    `find out why: ${cause?.summary ?? "the fault"}`,
    "the root cause is in the ticket",
    backend ? databaseOwner : onCall,
  );
  const recover = action(
    `make the application recover by itself: ${restarts} pod(s) had to be replaced after the backends were back`,
    "the same fault in the sandbox ends without a restart",
  );
  const fires = action(
    `check that ${alarms.map(({ signal }) => signal).join(", ")} fires: this change created the alarms`,
    "the incident is replayed in the sandbox and the alarms fire",
    onCall,
    Math.min(actionsWithin, 7 * DAY),
  );
  return [why, ...(restarts === 0 ? [] : [recover]), ...(alarms.length === 0 ? [] : [fires])];
}

/** The report of an incident that is over (pure). */
export function reportOf(parts: ReportParts): PostIncident {
  const { situation, settings, resolvedAt, startedAt, users, requests, alarms } = parts;
  const detected = situation.detectedAt ?? resolvedAt;
  const started = Math.min(startedAt, detected);
  const minutes = (resolvedAt - started) / MINUTE;
  const failed = requests?.failed ?? null;
  const figures: Figures = {
    users,
    failedRequests: failed,
    requests: requests?.requests ?? null,
    minutes: Number(minutes.toFixed(2)),
    errorBudgetPercent: Number(
      errorBudgetOf(settings.objective, minutes, failed, requests?.requests ?? null).toFixed(3),
    ),
  };
  return {
    summary: situation.cause?.summary ?? "no fault",
    timeline: {
      started: iso(started),
      detected: iso(detected),
      mitigated: situation.mitigatedAt === null ? null : iso(situation.mitigatedAt),
      resolved: iso(resolvedAt),
    },
    impact: { class: classOf(settings.impact, figures), figures },
    alarms,
    actions: actionsOf(parts),
  };
}

const known = (figure: number | null): string => (figure === null ? "not known" : String(figure));

/** The report as Markdown (pure). */
export function reportText(change: string, stack: string, report: PostIncident, evidence: readonly string[]): string {
  const { summary, timeline, impact, alarms, actions } = report;
  const { figures } = impact;
  const lasted = Date.parse(timeline.resolved) - Date.parse(timeline.started);
  return [
    `# ${change}: ${stack}: ${summary}`,
    "",
    `${impact.class}, ${formatDuration(lasted)}.`,
    "",
    "## Timeline (UTC)",
    "",
    "| what | when |",
    "| --- | --- |",
    ...Object.entries(timeline).map(([what, at]) => `| ${what} | ${at ?? "-"} |`),
    "",
    "## Impact",
    "",
    "| figure | |",
    "| --- | --- |",
    `| users, at most | ${known(figures.users)} |`,
    `| failed requests | ${known(figures.failedRequests)} of ${known(figures.requests)} |`,
    `| minutes | ${figures.minutes} |`,
    `| error budget of 30 days used | ${figures.errorBudgetPercent} % |`,
    "",
    "## What was seen",
    "",
    ...evidence.map((line) => `- ${line}`),
    "",
    "## Actions",
    "",
    "| what | owner | due | verified by |",
    "| --- | --- | --- | --- |",
    ...actions.map(({ what, owner, due, verifiedBy }) => `| ${what} | ${owner} | ${due} | ${verifiedBy} |`),
    "",
    "## Alarms that this change created",
    "",
    ...(alarms.length === 0 ? ["None is new."] : alarms.map(({ signal, meaning }) => `- ${signal}: ${meaning}`)),
    "",
    "## Root cause",
    "",
    "## What went well, what went badly",
    "",
  ].join("\n");
}
