import { badInput } from "../../errors.ts";
import { reportsOf } from "../../issuers/index.ts";
import { canTell, countedSchema, lookedAgain } from "../../issuers/key-counting.ts";
import type { TaskResult } from "../task.ts";
import { readingsEvery } from "./plan.ts";
import { keptValue, type RotationOutside, type Turn } from "./turn.ts";

/** A scheduled `resume` comes so much later to a reading that is due, in milliseconds. */
const LATE = 10 * 60_000;

/** How long before its end a pod may have been read for the last time: the pause between two readings, and what a runner may be late (pure). */
function unreadAtMost(pause: number): number {
  return pause + Math.min(pause, LATE);
}

/** What the pods' counters tell of the old signing key, those of pods that are gone as they were read before. */
async function countedNow(outside: RotationOutside, { plan, rotation, sample, now }: Turn) {
  const key = await keptValue(outside, rotation, rotation.old);
  const said = await reportsOf(outside.settings, outside.kubernetes);
  const before = countedSchema.safeParse(sample).data ?? null;
  const accepted = unreadAtMost(readingsEvery(rotation.unusedFor, plan.timing.interval));
  return { counted: lookedAgain(before, said, key, { now, accepted }), whole: canTell(said) };
}

/** A reading of the pods' counters while a signing key's time isn't over: pods may go before it is, and their counters with them. */
export async function keyUses(outside: RotationOutside, turn: Turn): Promise<TaskResult> {
  const { secret, old } = turn.rotation;
  const { counted } = await countedNow(outside, turn);
  if (counted === null) throw badInput(`${secret} ${old}: no pod says what it has verified`);
  const { from, lastAt } = counted;
  const seen = lastAt === null ? "no session was" : "sessions were";
  return { summary: `${secret} ${old}: ${seen} verified with it since ${new Date(from).toISOString()}`, ...counted };
}

/** A signing key that is still on the ring, and has verified nothing for as long as a session lives. */
export async function unused(outside: RotationOutside, turn: Turn): Promise<TaskResult> {
  const { rotation, now } = turn;
  const { secret, old, unusedFor } = rotation;
  const { counted, whole } = await countedNow(outside, turn);
  const since = now - unusedFor;
  const stays = (why: string) => badInput(`${secret} ${old}: ${why}: it stays on the ring`);
  if (counted?.lastAt != null && counted.lastAt >= since) {
    throw stays(`a session was verified with it at ${new Date(counted.lastAt).toISOString()}`);
  }
  if (counted === null || !whole) throw stays("it isn't known whether a session was verified with it lately");
  if (counted.from > since) {
    const from = new Date(counted.from).toISOString();
    throw stays(
      `what it verified is known since ${from} alone: pods that ran before may have ended without their counters being read. Have \`runbook serve\` or a scheduled \`runbook resume\` run meanwhile`,
    );
  }
  return { summary: `${secret} ${old}: no session was verified with it for as long as one lives` };
}
