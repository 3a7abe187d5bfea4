import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan, Step } from "../../../infra/change/plan.ts";
import { parseManifest } from "../../../infra/cli/manifest-file.ts";
import { type Desired, type Release, type ReleaseState, stateHash } from "../../../infra/domain/releases.ts";
import { EXIT } from "../../../infra/errors.ts";
import { addStep, migrateSteps, shift, step } from "../../../infra/runbooks/moves.ts";
import type { Ahead } from "../../../infra/runner/effect.ts";
import { judgeAhead } from "../../../infra/runner/effects/judge-ahead.ts";
import { readBackStep } from "../../../infra/runner/effects/read-back.ts";
import { updateStep } from "../../../infra/runner/effects/update.ts";
import type { Journal } from "../../../infra/runner/journal.ts";
import { openChange, prepare } from "../../../infra/runner/opening/open.ts";
import type { Session } from "../../../infra/runner/session.ts";
import type { Stack } from "../../../infra/stack/stack.ts";
import type { Ended } from "../../demo/commands.ts";
import { engine } from "./engine.ts";

/** A stack with a second release on it, and the weights moved to and fro in the two ways that are compared. */
export interface WeightMoves {
  /** with `pulumi up --yes`, as a person would, and these options */
  bare(options: readonly string[]): Promise<Ended>;
  /** with the runner's step: preview under the policies, update, read back, record */
  step(): Promise<{ seconds: number }>;
  /** the same from where the gates of the step before have passed, which was long enough to judge this one */
  judged(): Promise<{ seconds: number }>;
  /** brings the stack back to where it was */
  end(): Promise<void>;
}

const WEIGHTS = [5, 25] as const;

async function mustUpdate(session: Session, desired: Desired): Promise<ReleaseState> {
  const outcome = await session.stack.update(desired, { policies: "judged", begun: async () => undefined });
  if (outcome.kind !== "done") throw new Error(outcome.problems.join("\n"));
  return desired.to;
}

/**
 * Puts a second release beside the one that the stack has, as the first steps of a promotion do.
 * @param cwd the project's folder, which has the stack's settings; this checkout unless said
 */
export async function openWeightMoves(session: Session, manifestFile: string, cwd?: string): Promise<WeightMoves> {
  const manifest = parseManifest(await readFile(manifestFile, "utf8"), manifestFile);
  const request = { runbook: "promote", manifest, reason: "npm run bench", startedBy: "bench" } as const;
  const prepared = await prepare(session, request);
  const { journal, plan } = await openChange(session, prepared);
  await end(journal);
  const actor = { change: journal.change, runbook: request.runbook, onCall: session.onCall };
  const { release, stable, base } = plan;

  let state = base;
  for (const { move } of [...migrateSteps(base, release, actor), addStep(release, actor, [])]) {
    state = await mustUpdate(session, { from: stateHash(state), to: move(state) });
  }
  let turn = 0;
  const nextMove = (): Step => {
    const weight = WEIGHTS[turn % WEIGHTS.length] ?? 0;
    turn += 1;
    const move = shift(release, stable, weight, actor);
    return step({ name: `move-${turn}`, title: `${weight} %`, touches: "weights", move });
  };

  return {
    async bare(options) {
      const to = nextMove().move(state);
      const ended = await bareUpdate({ stack: session.stack.name, cwd }, { from: stateHash(state), to }, options);
      state = to;
      return ended;
    },
    async step() {
      const move = nextMove();
      const opened = await openChange(session, prepared);
      const one: Plan = { ...opened.plan, steps: [move], base: state };
      const seconds = await timed(session, opened.journal, one, move);
      state = await reached(opened.journal);
      return { seconds };
    },
    async judged() {
      const steps = [nextMove(), nextMove()] as const;
      const opened = await openChange(session, prepared);
      const both: Plan = { ...opened.plan, steps, base: state };
      await opened.journal.write("step-started", steps[0].name, { title: steps[0].title });
      await timed(session, opened.journal, both, steps[0]);
      const { ahead, judged } = judging(session);
      ahead.begin({ journal: opened.journal, plan: both });
      await judged;
      await opened.journal.write("step-finished", steps[0].name, { memory: {}, restorePoint: false });
      const seconds = await timed(session, opened.journal, both, steps[1], ahead);
      state = await reached(opened.journal);
      return { seconds };
    },
    async end() {
      state = await mustUpdate(session, { from: stateHash(state), to: backTo(base, state, release) });
    },
  };
}

/** The seconds from a step's start to all weights read back. */
async function timed(session: Session, journal: Journal, plan: Plan, move: Step, ahead?: Ahead): Promise<number> {
  const startedAt = performance.now();
  const { signal } = new AbortController();
  const run = {
    session,
    journal,
    plan,
    signal,
    whenWaiting: "stay",
    ...(ahead === undefined ? {} : { ahead }),
  } as const;
  const ended = await updateStep(run, { kind: "update", step: move });
  await readBackStep(run, { kind: "read-back", step: move });
  if (ended !== null || journal.progress().settledAt === null) throw new Error("the runner's step did not succeed");
  return (performance.now() - startedAt) / 1_000;
}

/** What judges ahead, and when it has. */
function judging({ stack }: Session): { ahead: Ahead; judged: Promise<void> } {
  const { promise: judged, resolve } = Promise.withResolvers<void>();
  const preview: Stack["preview"] = (...asked) => stack.preview(...asked).finally(resolve);
  return { ahead: judgeAhead({ ...stack, preview }), judged };
}

/** Where a change has brought the stack; its record is closed, or it would hold the stack. */
async function reached(journal: Journal): Promise<ReleaseState> {
  await end(journal);
  const { state } = journal.progress();
  if (state === null) throw new Error("the runner's step has left no state");
  return state;
}

const end = (journal: Journal): Promise<void> =>
  journal.write("closed", null, { exit: EXIT.done, outcome: "done", summary: "measured" });

/** The base again, with what the database has learnt. */
function backTo(base: ReleaseState, { schema, migrations }: ReleaseState, { id }: Release): ReleaseState {
  return { ...base, schema, migrations: migrations.filter(({ release }) => release !== id) };
}

async function bareUpdate(
  { stack, cwd }: { stack: string; cwd: string | undefined },
  desired: Desired,
  options: readonly string[],
): Promise<Ended> {
  const room = await mkdtemp(join(tmpdir(), "runbook-bench-"));
  try {
    const file = join(room, "desired.json");
    await writeFile(file, JSON.stringify(desired), { mode: 0o600 });
    return await engine(["up", "--yes", "--stack", stack, ...options], { RUNBOOKS_DESIRED_STATE: file }, cwd);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
