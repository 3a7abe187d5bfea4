import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import { readingsOrWhy, totals } from "../../metrics/reading.ts";
import type { EventData } from "../../records/events.ts";
import { backendsAreWell, diagnose, isFailing } from "../../runbooks/incident/diagnose.ts";
import type { Facts } from "../../runbooks/incident/facts.ts";
import type { Look } from "../../runbooks/incident/situation.ts";
import type { RunnerSession } from "../session.ts";

/** What one look has seen, and what it means. */
export interface Looked {
  facts: Facts;
  look: Look;
}

/** Since when pods are missing, as earlier looks have seen it, and how long a pod may take until it is there, in milliseconds. */
export interface MissingPods {
  since: number | null;
  startWithin: number;
}

const NEVER_LOOKED: MissingPods = { since: null, startWithin: 0 };

/**
 * Asks everything and names the cause. A copy that only logs more is no pod of the application's; a pod that is missing is a fault
 * once it has had its time, since an autoscaler may have asked for it a moment ago.
 */
export async function lookOnce(
  session: RunnerSession,
  state: ReleaseState,
  { since, startWithin } = NEVER_LOOKED,
): Promise<Looked> {
  const { id } = stableRelease(state);
  const seen = await session.incident.look(id);
  const copy = state.debugCopy?.copy;
  const facts: Facts = { ...seen, pods: seen.pods.filter(({ release }) => copy === undefined || release !== copy) };
  const failing = facts.pods.filter(isFailing).map(({ name, release }) => ({ name, release }));
  const present = facts.pods.filter(({ release, leaving }) => release === id && !leaving).length;
  const missing = Math.max(0, (facts.desired ?? 0) - present);
  const isOverdue = since !== null && session.clock.now() >= since + startWithin;
  const verdict = diagnose(facts, isOverdue ? missing : 0);
  const backends = backendsAreWell(facts) ? "well" : "ill";
  const leaving = facts.pods.filter((pod) => pod.leaving).length;
  return { facts, look: { verdict, backends, failing, pods: facts.pods.length - leaving, leaving, missing } };
}

/** The requests that the gateway has counted so far, or why nobody knows: neither holds an incident up. */
export async function countRequests(counters: RunnerSession["counters"]) {
  const read = await readingsOrWhy(counters);
  if (typeof read === "string") return { counted: null, uncounted: read };
  const [newest] = read;
  if (newest === undefined) return { counted: null, uncounted: "the metrics have no reading" };
  const all = Object.values(totals(newest));
  const sum = (pick: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + pick(one), 0);
  return {
    counted: { requests: sum(({ requests }) => requests), failed: sum(({ errors }) => errors) },
    uncounted: null,
  };
}

/** The look as it goes into the record. */
export async function lookEvent(session: RunnerSession, { facts, look }: Looked): Promise<EventData> {
  const { verdict, backends, failing, pods, leaving, missing } = look;
  const counts = await countRequests(session.counters);
  return { verdict, backends, failing, pods, leaving, missing, ...counts, sessions: facts.redis.sessions, facts };
}
