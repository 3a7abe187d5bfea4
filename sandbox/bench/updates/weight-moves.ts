import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBackStep } from "../../../infra/changes/effects/read-back-step.ts";
import { updateStep } from "../../../infra/changes/effects/update.ts";
import { openChange, prepare } from "../../../infra/changes/open.ts";
import type { Plan, Step } from "../../../infra/changes/plan.ts";
import type { Session } from "../../../infra/changes/session.ts";
import { parseManifest } from "../../../infra/manifest-file.ts";
import { type Desired, type Release, type ReleaseState, stateHash } from "../../../infra/releases.ts";
import { addStep, migrateSteps, shift, step } from "../../../infra/runbooks/moves.ts";
import type { Ended } from "../../demo/commands.ts";
import { engine } from "./engine.ts";

/** A stack with a second release on it, and the weights moved to and fro in the two ways that are compared. */
export interface WeightMoves {
  /** with `pulumi up --yes`, as a person would, and these options */
  bare(options: readonly string[]): Promise<Ended>;
  /** with the runner's step: preview under the policies, update, read back, record */
  step(): Promise<{ seconds: number }>;
  /** brings the stack back to where it was */
  end(): Promise<void>;
}

const WEIGHTS = [5, 25] as const;

async function mustUpdate(session: Session, desired: Desired): Promise<ReleaseState> {
  const outcome = await session.stack.update(desired, { policies: "judged", begun: async () => undefined });
  if (outcome.kind !== "done") throw new Error(outcome.problems.join("\n"));
  return desired.to;
}

/** Puts a second release beside the one that the stack has, as the first steps of a promotion do. */
export async function openWeightMoves(session: Session, manifestFile: string): Promise<WeightMoves> {
  const manifest = parseManifest(await readFile(manifestFile, "utf8"), manifestFile);
  const request = { runbook: "promote", manifest, reason: "npm run bench", startedBy: "bench" } as const;
  const prepared = await prepare(session, request);
  const { journal, plan } = await openChange(session, prepared);
  const mover = { change: journal.change, runbook: request.runbook, onCall: session.onCall };
  const { release, stable, base } = plan;
  const signal = new AbortController().signal;

  let state = base;
  for (const { move } of [...migrateSteps(base, release, mover), addStep(release, mover, [])]) {
    state = await mustUpdate(session, { from: stateHash(state), to: move(state) });
  }
  let turn = 0;
  const nextMove = (): Step => {
    const weight = WEIGHTS[turn % WEIGHTS.length] ?? 0;
    turn += 1;
    const move = shift(release, stable, weight, mover);
    return step({ name: `move-${turn}`, title: `${weight} %`, touches: "weights", move });
  };

  return {
    async bare(options) {
      const to = nextMove().move(state);
      const ended = await bareUpdate(session.stack.name, { from: stateHash(state), to }, options);
      state = to;
      return ended;
    },
    async step() {
      const move = nextMove();
      const journalled = await openChange(session, prepared);
      const one: Plan = { ...journalled.plan, steps: [move], base: state };
      const startedAt = performance.now();
      const exit = await updateStep(session, journalled.journal, one, move);
      await readBackStep(session, journalled.journal, one, move, signal);
      const seconds = (performance.now() - startedAt) / 1_000;
      const { settledAt, state: reached } = journalled.journal.progress();
      if (exit !== null || settledAt === null || reached === null) throw new Error("the runner's step did not succeed");
      state = reached;
      return { seconds };
    },
    async end() {
      state = await mustUpdate(session, { from: stateHash(state), to: backTo(base, state, release) });
    },
  };
}

/** The base again, with what the database has learnt. */
function backTo(base: ReleaseState, { schema, migrations }: ReleaseState, { id }: Release): ReleaseState {
  return { ...base, schema, migrations: migrations.filter(({ release }) => release !== id) };
}

async function bareUpdate(stack: string, desired: Desired, options: readonly string[]): Promise<Ended> {
  const room = await mkdtemp(join(tmpdir(), "runbook-bench-"));
  try {
    const file = join(room, "desired.json");
    await writeFile(file, JSON.stringify(desired), { mode: 0o600 });
    return await engine(["up", "--yes", "--stack", stack, ...options], { RUNBOOKS_DESIRED_STATE: file });
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
