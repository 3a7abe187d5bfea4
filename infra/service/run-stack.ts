import { setTimeout as delay } from "node:timers/promises";
import { unwatchedSince } from "../change/unwatched.ts";
import { EXIT, Refusal } from "../errors.ts";
import type { Claiming } from "../records/lease.ts";
import type { RecordStore } from "../records/store.ts";
import { reopenChange } from "../runner/opening/reopen.ts";
import { resumeChange, unclosedChange } from "../runner/resume.ts";
import type { RecoverySession } from "../runner/session.ts";
import { pauseAfterFailures } from "./back-off.ts";
import type { ChangeState, StackFigures } from "./figures.ts";
import type { Log } from "./log.ts";
import { dueFor, type Known, MARK_EVERY, NOTHING_KNOWN, readsMark } from "./look.ts";

/** A stack whose changes a service runs. */
export interface ServedStack {
  stack: string;
  /** Reads the stack's settings anew: a change is run by those of its day. @throws Refusal where it can't */
  open(): Promise<RecoverySession>;
  figures: StackFigures;
  log: Log;
  /** whether a holder of the stack's lease leads no more, though it runs on another machine or ran there */
  hasEnded?: Claiming["hasEnded"];
  /** told where a change has ended */
  onEnded?: () => void;
  now?: () => number;
  /** the pause between two looks at the store, in milliseconds, which ends at the signal */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const realPause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

/** How long until the lease is tried again that another runner has, in milliseconds. */
const HELD_AGAIN = 1_000;

/**
 * Runs the changes of a stack until the signal: recovers the one that is open, ends it, and waits for the next. What goes wrong is
 * logged and tried again, with longer and longer pauses.
 */
export async function runStack(served: ServedStack, signal: AbortSignal): Promise<void> {
  const { stack, figures, now = Date.now, pause = realPause } = served;
  const closed = new Set<string>();
  let known = NOTHING_KNOWN;
  let store: RecordStore | null = null;
  while (!signal.aborted) {
    let seen: string | null | undefined;
    if (!readsMark(known, now())) {
      await pause(MARK_EVERY, signal);
      continue;
    }
    try {
      store ??= (await served.open()).store;
      seen = await store.newsMark(stack);
      figures.lookedAt = now();
      const due = dueFor(known, seen, now());
      if (due !== "nothing") {
        const lookedAt = due === "look" ? now() : known.lookedAt;
        const change = due === "look" ? await unclosedChange(store, stack, closed) : (known.waiting?.change ?? null);
        const waiting = change === null ? null : await goOn(served, store, { change, known, seen }, signal);
        if (change === null) stand(figures, "none", null);
        else if (waiting === null) served.onEnded?.();
        // One that has ended may be followed by the next, of which the mark was seen already.
        known = {
          mark: change !== null && waiting === null ? undefined : seen,
          lookedAt,
          waiting,
          failures: 0,
          retryAt: 0,
          isBlind: false,
        };
        figures.failing = 0;
      }
    } catch (error) {
      if (signal.aborted && error === signal.reason) return;
      known = failed(served, known, seen, error, now());
    }
    await pause(MARK_EVERY, signal);
  }
}

function stand(figures: StackFigures, state: ChangeState, change: string | null): void {
  Object.assign(figures, { state, change, unwatched: null });
}

/** What was found open, and what was known of it before. */
interface Found {
  change: string;
  known: Known;
  seen: string | null;
}

/** Goes on with an open change, unless it waits as it did; answers until when it waits then, and null where it has ended. */
async function goOn(
  served: ServedStack,
  store: RecordStore,
  { change, known, seen }: Found,
  signal: AbortSignal,
): Promise<Known["waiting"]> {
  const { stack, figures, log, hasEnded, now = Date.now } = served;
  const before = known.waiting?.change === change ? known.waiting : null;
  const isQuiet = before !== null && seen === known.mark && now() < before.until;
  if (isQuiet && (await store.ends(change)).last.seq === before.seq) return before;
  const lease = await store.lease(stack, { change, ...(hasEnded === undefined ? {} : { hasEnded }) });
  if (!lease.held) {
    if (figures.state !== "held by another") {
      const { pid, host } = lease.holder;
      log({ level: "info", stack, change, message: `run by another runner, process ${pid} on ${host}` });
    }
    stand(figures, "held by another", change);
    return { change, until: now() + HELD_AGAIN, seq: 0 };
  }
  try {
    if ((await store.ends(change)).last.type === "closed") return null;
    return await runChange(served, change, signal);
  } finally {
    await lease.release();
  }
}

/** Runs a change as far as it goes now, with the stack's lease. */
async function runChange(served: ServedStack, change: string, signal: AbortSignal): Promise<Known["waiting"]> {
  const { stack, figures, log } = served;
  stand(figures, "running", change);
  const session = await served.open();
  try {
    log({ level: "info", stack, change, message: "continued" });
    const { journal, result } = await resumeChange(session, { whenWaiting: "stay", signal });
    const { exit, resumeAt } = result;
    if (resumeAt === null) {
      stand(figures, "none", null);
      log({ level: "info", stack, change: journal.change, message: "ended", exit });
      return null;
    }
    stand(figures, "waiting", change);
    await session.writePages(journal.change, journal.events());
    log({ level: "info", stack, change, message: `waits until ${new Date(resumeAt).toISOString()}`, exit });
    return { change: journal.change, until: resumeAt, seq: journal.progress().seq };
  } catch (error) {
    figures.unwatched = await unwatchedBy(session, change);
    throw error;
  }
}

/** Since when nobody looks at a change that couldn't be gone on with, as its record says now. */
async function unwatchedBy(session: RecoverySession, change: string): Promise<StackFigures["unwatched"]> {
  const reopened = await reopenChange(session, change).catch(() => null);
  if (reopened === null || reopened.plan === null) return null;
  const { plan, journal } = reopened;
  const [progress, events] = [journal.progress(), journal.events()];
  return (now) => unwatchedSince(plan, progress, events, now, 0);
}

/** Logs what went wrong, and when it is tried again. */
function failed(
  { stack, figures, log }: ServedStack,
  known: Known,
  seen: Known["mark"],
  error: unknown,
  now: number,
): Known {
  const failures = known.failures + 1;
  const exit = error instanceof Refusal ? error.exit : EXIT.stuck;
  const problems =
    error instanceof Refusal
      ? error.problems
      : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  const retryAt = now + pauseAfterFailures(failures, { stuck: figures.asksForPerson });
  figures.state = "failing";
  figures.failing = failures;
  figures.failures += 1;
  const message = `couldn't go on, try ${failures}: the next is at ${new Date(retryAt).toISOString()}, or on news`;
  log({ level: exit === EXIT.busy ? "warn" : "error", stack, change: figures.change, message, problems, exit });
  const isBlind = seen === undefined;
  return { ...known, mark: isBlind ? known.mark : seen, failures, retryAt, isBlind };
}
