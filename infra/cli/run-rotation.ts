import { opensAt } from "../admission/opening.ts";
import { badInput, EXIT, type Exit, Refusal } from "../errors.ts";
import { errorOutput } from "../records/redaction/captured-output.ts";
import { planOf } from "../runbooks/index.ts";
import { validityOf } from "../runbooks/rotate/validity.ts";
import { admissionFor, inputOf, openChange } from "../runner/opening/open.ts";
import {
  endingOf,
  gapOf,
  hasRotatedSince,
  mustHaveRotated,
  type PreparedRotation,
  prepareRotation,
  type RotationRequest,
} from "../runner/opening/prepare-rotation.ts";
import { turnLeft } from "../runner/opening/rotation-turns.ts";
import { statesOfStage } from "../runner/opening/states-of-stage.ts";
import { findOpenChange } from "../runner/resume.ts";
import { run } from "../runner/run.ts";
import type { Session } from "../runner/session.ts";
import { confirm } from "./confirm.ts";
import { endDryRun, planLines } from "./dry-run.ts";
import { openAndRun } from "./hand-over.ts";
import { reporterFor, sessionFor } from "./opening.ts";
import type { Common } from "./options.ts";
import { leaveSignal, resumeOpen } from "./run-request.ts";

/** What an emergency costs the users: said before anything is done (pure). */
export function costOf({ rotation, sessions }: Pick<PreparedRotation, "rotation" | "sessions">): string | null {
  const { secret, old, urgency } = rotation;
  if (urgency === "planned") return null;
  const quick = `${secret} ${old} counts as compromised: a short canary, no soak.`;
  if (secret !== "SESSION_SECRET") return `${quick} Nobody is logged out.`;
  if (sessions === "ended") {
    return `${secret} ${old} counts as compromised: all traffic moves at once, no soak. Everybody is logged out: no session that ${old} signed is accepted any more.`;
  }
  return `${quick} Users who don't come back during the canary are logged out: ${old} is removed from the ring without waiting for them.`;
}

/** Production takes a rotation only after a stack of the stage staging has passed the same. */
async function mustComeAfterStaging(session: Session, prepared: PreparedRotation): Promise<void> {
  if (session.settings.stage !== "production") return;
  const { secret } = prepared.rotation;
  const firsts = await statesOfStage(process.cwd(), "staging");
  if (firsts.some(({ state }) => state !== null && hasRotatedSince(state, prepared.base, secret))) return;
  const [first] = firsts;
  if (first === undefined) {
    throw badInput(
      "--stack: no Pulumi.*.yaml here has production-runbooks:stage: staging, which a rotation must pass first",
    );
  }
  if (first.state === null) throw badInput(`--stack: ${first.name} has had no update yet: rotate there first`);
  mustHaveRotated(first.name, session.stack.name, first.state, prepared.base, secret);
}

const TURN = "Then, once it has passed there and in the change window of the next stack:";

/** Waits for the window of the second of two stacks, or leaves with 75 where it may. */
async function awaitWindow(
  session: Session,
  { startedBy }: RotationRequest,
  common: Common,
  first: string,
): Promise<void> {
  const { stack, settings, override, clock } = session;
  const opening = { stack: stack.name, runbook: "rotate", author: startedBy, override, now: clock.now() };
  const until = opensAt(settings.changes, opening);
  if (until === null) return;
  const waits = `${stack.name} waits for its change window, which opens at ${new Date(until).toISOString()}`;
  const then = `${waits}: then run \`runbook resume --stack ${first},${stack.name}\``;
  if (!common.wait) throw new Refusal({ exit: EXIT.waiting, problems: [then] });
  errorOutput.write(`${waits}\n`);
  const signal = leaveSignal();
  await clock.sleepUntil(until, signal);
  if (signal.aborted) throw new Refusal({ exit: EXIT.waiting, problems: [then] });
}

/** Rotates a secret on one stack: alone or before another (`first` is null), or as the second after the first has passed. */
async function rotateOne(
  session: Session,
  request: RotationRequest,
  common: Common,
  first: string | null,
): Promise<Exit> {
  const stack = session.stack.name;
  if (first !== null && !common.dryRun) await awaitWindow(session, request, common, first);
  const prepared = await prepareRotation(session, request);
  const ending = endingOf(prepared);
  // One that is to be ended has come after staging when it began.
  if (first === null && ending === null) await mustComeAfterStaging(session, prepared);
  const [gap, cost] = [gapOf(session, prepared.rotation.secret), costOf(prepared)];
  if (common.dryRun) {
    const before = [first === null ? null : TURN, ending, cost, gap].flatMap((said) => said ?? []);
    // The second of two stacks has its window yet to come.
    const steps = planLines(session, prepared, first === null ? await admissionFor(session, prepared) : null);
    const validity = validityOf(planOf("", inputOf(session, prepared, "")));
    endDryRun(common, [...before, ...steps, "What is valid when:", ...validity]);
    return EXIT.done;
  }
  for (const said of [ending, gap]) if (said !== null) errorOutput.write(`${said}\n`);
  if (cost !== null) {
    const loss = `${stack}: ${cost}`;
    await confirm({ loss, word: stack, yes: common.yes === true });
  }
  const signal = leaveSignal();
  const open = async () => {
    const opened = await openChange(session, prepared);
    if (cost !== null) await opened.journal.write("note", null, { text: cost });
    return opened;
  };
  const whenWaiting = common.wait ? "stay" : "leave";
  return openAndRun(session, { stays: common.wait === true, signal }, open, (opened) =>
    run({ session, ...opened, whenWaiting, signal }),
  );
}

/** Tells how the stacks come to their turn that haven't had it. */
function tellRest(stacks: readonly string[], rest: readonly string[], exit: Exit): void {
  if (rest.length === 0) return;
  const turn =
    exit === EXIT.waiting || exit === EXIT.stuck
      ? `is next: \`runbook resume --stack ${stacks.join(",")}\` continues with both`
      : "was not started: it starts once the first has passed";
  errorOutput.write(`${rest.join(", ")} ${turn}\n`);
}

/** Rotates a secret on one stack, or on both in their order: the second one's turn comes once the first has passed. */
export async function runRotation(stacks: readonly string[], request: RotationRequest, common: Common): Promise<void> {
  for (const [index, stack] of stacks.entries()) {
    const afterwards = stacks.slice(index + 1);
    const session = await sessionFor(stack, common, reporterFor(common));
    const exit = await rotateOne(session, { ...request, afterwards }, common, stacks[index - 1] ?? null);
    if (exit !== EXIT.done) return tellRest(stacks, afterwards, exit);
  }
}

/** Goes on with the second of two stacks, the first of which has nothing under way. */
async function takeTurn(first: Session, second: Session, common: Common): Promise<Exit> {
  if ((await findOpenChange(second)) !== null) return (await resumeOpen(second, common)).exit;
  const [from, to] = [first.stack.name, second.stack.name];
  const request = await turnLeft(first.store, from, to);
  const [passed, here] = await Promise.all([first.stack.state(), second.stack.state()]);
  if (request === null || passed === null || here === null || !hasRotatedSince(passed, here, request.secret)) {
    throw badInput(
      `--stack: no change is under way on ${from} or ${to}, and no rotation of ${from} waits for ${to}'s turn: there is nothing to resume`,
    );
  }
  return rotateOne(second, request, common, from);
}

/** Goes on with a rotation of two stacks, wherever it was left: on the first, between them, or on the second. */
export async function resumeRotation(stacks: readonly [string, string], common: Common): Promise<void> {
  const reporter = reporterFor(common);
  const [first, second] = stacks;
  const session = await sessionFor(first, common, reporter);
  if ((await findOpenChange(session)) !== null) {
    const { exit } = await resumeOpen(session, common);
    if (exit !== EXIT.done) return tellRest(stacks, [second], exit);
  }
  await takeTurn(session, await sessionFor(second, common, reporter), common);
}
