import type { ReleaseState } from "../../domain/releases.ts";
import { Refusal } from "../../errors.ts";
import { untold } from "../../reports/render/describe.ts";
import type { Session } from "../../runner/session.ts";
import type { Log } from "../log.ts";
import type { NotOpened } from "./decide.ts";
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

/** The longest pause between two looks, and how old the stack's state may be while nothing is due, in milliseconds. */
const LOOK_EVERY = 5 * 60_000;
const STATE_AGE = 60 * 60_000;

/** Opens the rotations of a stack that are due, and the turns that its own rotations have left, until the signal; to be run while leading. */
export async function openRotations(rotating: Rotating, signal: AbortSignal): Promise<void> {
  const { stack, log, wake } = rotating;
  const told = new Set<string>();
  let kept: { state: ReleaseState; at: number } | null = null;
  while (!signal.aborted) {
    const heard = wake.rung();
    let pause = LOOK_EVERY;
    try {
      const session = await rotating.open();
      const now = session.clock.now();
      const { auto } = session.settings.rotation;
      if (auto.length > 0) {
        const seen: ReleaseState | null = kept !== null && Math.abs(now - kept.at) < STATE_AGE ? kept.state : null;
        const { looked, state }: Awaited<ReturnType<typeof openDueRotation>> = await openDueRotation(
          session,
          rotating.others,
          seen,
        );
        if (state !== seen) kept = { state, at: now };
        await tell(session, log, looked, told);
        if (looked.lookAgainAt !== null) pause = Math.min(pause, Math.max(1_000, looked.lookAgainAt - now));
      }
      const turn = await openTurn(session, (name) => rotating.sessionOf(name));
      if (turn !== null) await tell(session, log, turn, told);
    } catch (error) {
      const problems =
        error instanceof Refusal ? error.problems : [error instanceof Error ? error.message : String(error)];
      const message = `it isn't known whether a rotation is due: looked at again in ${pause / 60_000} minutes`;
      log({ level: "warn", stack, change: null, message, problems });
    }
    await wake.sleep(pause, heard, signal);
  }
}

/** Says what was opened, and once each what wasn't; what a person has to do is told to the channels too. */
async function tell(session: RotationSession, log: Log, looked: Looked, told: Set<string>): Promise<void> {
  const { onCall, clock } = session;
  const { opened, waits, asks } = looked;
  const stack = session.stack.name;
  if (opened !== null) {
    const { change, reason } = opened;
    log({ level: "info", stack: opened.stack, change, message: `${change} is opened by the service: ${reason}` });
  }
  const fresh = (all: readonly NotOpened[]) => all.filter(({ key }) => !told.has(key));
  for (const { key, text } of fresh(waits)) {
    told.add(key);
    log({ level: "info", stack, change: null, message: text });
  }
  for (const one of fresh(asks)) {
    told.add(one.key);
    log({ level: "warn", stack, change: null, message: `a person is needed: ${one.text}` });
    const deliveries = await session.announce(dueMessage({ stack, onCall, now: clock.now() }, one), "first");
    const problems = untold(deliveries);
    if (problems.length > 0) log({ level: "warn", stack, change: null, message: "not everybody was told", problems });
  }
}
