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

/** Asks everything and names the cause. A copy that only logs more is no pod of the application's. */
export async function lookOnce(session: RunnerSession, state: ReleaseState): Promise<Looked> {
  const seen = await session.incident.look(stableRelease(state).id);
  const copy = state.debugCopy?.copy;
  const facts: Facts = { ...seen, pods: seen.pods.filter(({ release }) => copy === undefined || release !== copy) };
  const failing = facts.pods.filter(isFailing).map(({ name, release }) => ({ name, release }));
  const verdict = diagnose(facts);
  const backends = backendsAreWell(facts) ? "well" : "ill";
  const leaving = facts.pods.filter((pod) => pod.leaving).length;
  return { facts, look: { verdict, backends, failing, pods: facts.pods.length - leaving, leaving } };
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
  const { verdict, backends, failing, pods, leaving } = look;
  const counts = await countRequests(session.counters);
  return { verdict, backends, failing, pods, leaving, ...counts, sessions: facts.redis.sessions, facts };
}
