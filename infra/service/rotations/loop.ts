import { Refusal } from "../../errors.ts";
import { mayHaveReached } from "../../notify/reached.ts";
import { untold } from "../../reports/render/describe.ts";
import type { Session } from "../../runner/session.ts";
import type { Log } from "../log.ts";
import type { OtherStacks } from "./facts.ts";
import { dueMessage } from "./message.ts";
import { type Looked, openDueRotation, openTurn } from "./open-due.ts";
import type { Wake } from "./wake.ts";

/** A stack's session, as far as opening its rotations needs it. */
export type RotationSession = Pick<
  Session,
  "stack" | "store" | "clock" | "reporter" | "settings" | "onCall" | "override" | "announce"
>;

/** A stack whose rotations the service opens. */
export interface Rotating {
  stack: string;
  /** Opens a session with the settings as they are now. @throws Refusal where they can't be read */
  open(): Promise<RotationSession>;
  others: OtherStacks;
  /** a session of another stack of the service; null where it has none of that name, or can't read it */
  sessionOf(stack: string): Promise<RotationSession | null>;
  /** rung where a change of any stack has ended */
  wake: Wake;
  log: Log;
}

/** The longest pause between two looks, in milliseconds; and how long the stack isn't asked for its ages while nothing waits. */
const LOOK_EVERY = 5 * 60_000;
const QUIET_FOR = 60 * 60_000;

/** A session of a while ago, and until when the stack needn't be asked for its ages, in milliseconds since the epoch. */
interface Quiet {
  session: RotationSession;
  from: number;
  until: number;
}

/** What was said already, by its key. */
interface Told {
  inLog: Set<string>;
  toChannels: Set<string>;
}

/** Whether nothing can have become due (pure). A clock that was set back makes no pause longer than the longest is. */
function isQuiet({ from, until }: Quiet, now: number): boolean {
  return now >= from && now < until;
}

/** Opens the rotations of a stack that are due, and the turns that its own rotations have left, until the signal; to be run while leading. */
export async function openRotations(rotating: Rotating, signal: AbortSignal): Promise<void> {
  const { stack, log, wake } = rotating;
  const told: Told = { inLog: new Set(), toChannels: new Set() };
  let quiet: Quiet | null = null;
  while (!signal.aborted) {
    const rungBefore = wake.rung();
    let pause = LOOK_EVERY;
    try {
      if (quiet === null || !isQuiet(quiet, quiet.session.clock.now())) quiet = await lookAtAges(rotating, told);
      const { session, until } = quiet;
      // Only staging leaves turns: whoever asked for both named it first.
      const leaves = session.settings.stage === "staging";
      const turn = leaves ? await openTurn(session, (name) => rotating.sessionOf(name)) : null;
      if (turn !== null) await tell(session, log, turn, told);
      const left = until - session.clock.now();
      if (left > 0) pause = Math.min(pause, Math.max(1_000, left));
    } catch (error) {
      quiet = null;
      const problems =
        error instanceof Refusal ? error.problems : [error instanceof Error ? error.message : String(error)];
      const message = `it isn't known whether a rotation is due: looked at again in ${pause / 60_000} minutes`;
      log({ level: "warn", stack, change: null, message, problems });
    }
    await wake.sleep(pause, rungBefore, signal);
  }
}

/** Opens what is due by its age, with the settings as they are now. */
async function lookAtAges({ open, others, log }: Rotating, told: Told): Promise<Quiet> {
  const session = await open();
  const from = session.clock.now();
  if (session.settings.rotation.auto.length === 0) return { session, from, until: from + QUIET_FOR };
  const looked = await openDueRotation(session, others);
  const isTold = await tell(session, log, looked, told);
  const isSettled = looked.opened === null && looked.waits.length === 0 && isTold;
  const next = looked.lookAgainAt ?? Number.POSITIVE_INFINITY;
  return { session, from, until: isSettled ? Math.min(next, from + QUIET_FOR) : from };
}

/**
 * Says what was opened, and once each what wasn't; what a person has to do is told to the channels too.
 * @returns whether somebody was told of each: where no channel could be reached, the next look tries again
 */
async function tell(session: RotationSession, log: Log, looked: Looked, told: Told): Promise<boolean> {
  const { onCall, clock } = session;
  const { opened, waits, asks } = looked;
  const stack = session.stack.name;
  if (opened !== null) {
    const { change, reason } = opened;
    log({ level: "info", stack: opened.stack, change, message: `${change} is opened by the service: ${reason}` });
  }
  const logOnce = (level: "info" | "warn", key: string, message: string) => {
    if (told.inLog.has(key)) return;
    told.inLog.add(key);
    log({ level, stack, change: null, message });
  };
  for (const { key, text } of waits) logOnce("info", key, text);
  for (const one of asks.filter(({ key }) => !told.toChannels.has(key))) {
    logOnce("warn", one.key, `a person is needed: ${one.text}`);
    const deliveries = await session.announce(dueMessage({ stack, onCall, now: clock.now() }, one), "first");
    const problems = untold(deliveries);
    if (problems.length > 0) log({ level: "warn", stack, change: null, message: "not everybody was told", problems });
    // A reminder that stands on the board too: it isn't sent again because a receiver may not have taken it.
    if (mayHaveReached(deliveries)) told.toChannels.add(one.key);
  }
  return asks.every(({ key }) => told.toChannels.has(key));
}
