import { z } from "zod";
import { countedOver } from "../../runbooks/incident/impact.ts";
import { lessonsOf } from "../../runbooks/incident/lessons.ts";
import { unreadySince } from "../../runbooks/incident/log-lines.ts";
import { reportOf, reportText } from "../../runbooks/incident/report.ts";
import { situationOf } from "../../runbooks/incident/situation.ts";
import type { IncidentSettings } from "../../settings/incident.ts";
import type { Run } from "../effect.ts";
import { BEFORE } from "./tell.ts";

const counted = z.object({ requests: z.number(), failed: z.number() }).nullable();
const seen = z.looseObject({ counted, sessions: z.int().nullable() });

/** Writes what is kept of the incident: timeline, impact, actions and alarms. */
export async function report({ session, journal }: Run, settings: IncidentSettings): Promise<void> {
  const events = journal.events();
  const situation = situationOf(events);
  const { cause, openedAt, detectedAt, look } = situation;
  const looks = events.filter(({ type }) => type === "look").map(({ data }) => seen.parse(data));
  const counts = looks.flatMap((one) => one.counted ?? []);
  const sessions = looks.flatMap((one) => one.sessions ?? []);
  const { texts } = await session.incident.logs(new Date(openedAt - BEFORE));
  const result = reportOf({
    situation,
    settings,
    onCall: session.onCall,
    resolvedAt: look?.at ?? session.clock.now(),
    startedAt: unreadySince(texts, detectedAt ?? openedAt) ?? detectedAt ?? openedAt,
    users: sessions.length === 0 ? null : Math.max(...sessions),
    requests: countedOver(counts),
    alarms: cause === null ? [] : lessonsOf(cause, journal.change),
  });
  const text = reportText(journal.change, session.stack.name, result, cause?.evidence ?? []);
  const page = await session.store.putPage(journal.change, "incident.md", text);
  await journal.write("post-incident", null, { ...result, page });
}
