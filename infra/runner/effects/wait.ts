import { EXIT } from "../../errors.ts";
import type { Effect } from "../effect.ts";
import { waitOrHeed } from "../heed-call-off.ts";

/** A wait that a runner sits out even when it may leave, in milliseconds of the runbook's own time. */
const SHORT_WAIT = 60_000;

/** Leaves until others have approved. */
export const awaitApproval: Effect<"await-approval"> = async ({ session, journal }, { until, why }) => {
  await journal.write("waiting", null, {
    until: new Date(until).toISOString(),
    why: `${why}: \`runbook approve ${journal.change} --stack ${session.stack.name}\``,
    awaits: "approval",
  });
  return { exit: EXIT.waiting, resumeAt: until };
};

/** Waits, or leaves where the runner may and the wait is long. */
export const wait: Effect<"wait"> = async (run, { step, until, leaveUntil, mayLeave, why }) => {
  const { session, journal, whenWaiting } = run;
  const nominal = (leaveUntil - session.clock.now()) * session.clock.scale;
  if (whenWaiting === "leave" && mayLeave && nominal > SHORT_WAIT) {
    await journal.write("waiting", step?.name ?? null, { until: new Date(leaveUntil).toISOString(), why });
    return { exit: EXIT.waiting, resumeAt: leaveUntil };
  }
  await waitOrHeed(run, until);
  return null;
};
