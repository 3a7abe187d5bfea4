import { isOneWay } from "../change/decide.ts";
import type { Run } from "./effect.ts";

/** How often a runner that waits looks whether it is asked to call its change off, in milliseconds. */
const LOOK_EVERY = 1_000;

/** Whether a change can be called off now (pure, but for the journal). */
function canBeCalledOff({ plan, journal }: Run): boolean {
  const progress = journal.progress();
  return progress.failure === null && progress.closed === null && !isOneWay(plan, progress);
}

/** Writes down that the change is called off, where somebody has asked for it and it still can be. */
export async function heedCallOff(run: Run): Promise<void> {
  const { session, journal } = run;
  if (!canBeCalledOff(run)) return;
  const asked = await session.store.askedToCallOff(journal.change);
  if (asked === null) return;
  await journal.write("abort-requested", null, { reason: `aborted by ${asked.by}: ${asked.reason}` });
}

/** Waits until a time, or until somebody asks to call the change off. */
export async function waitOrHeed(run: Run, until: number): Promise<void> {
  const { session, journal, signal } = run;
  const { store, clock } = session;
  if (!canBeCalledOff(run)) return clock.sleepUntil(until, signal);
  const woken = new AbortController();
  // What can't be read here is told by the next look at it, which is at once.
  const look = () =>
    store.askedToCallOff(journal.change).then(
      (asked) => asked === null || woken.abort(),
      () => woken.abort(),
    );
  const timer = setInterval(look, LOOK_EVERY);
  try {
    await clock.sleepUntil(until, AbortSignal.any([signal, woken.signal]));
  } finally {
    clearInterval(timer);
  }
}
