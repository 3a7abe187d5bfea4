import { z } from "zod";
import type { SecretName } from "../../infra/domain/releases.ts";
import { parseLine } from "../../infra/records/chain.ts";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import type { Point } from "../crash/points.ts";
import { live } from "../crash/runner-process.ts";
import { runbook } from "../demo/commands.ts";
import { readNewestChange } from "../demo/sandbox.ts";

/** From this step on a rotation only goes forward. */
const NO_WAY_BACK = "revoke";

/** Milliseconds into an update: the program has run by then, and the providers are at work. */
const IN_AN_UPDATE = 2_500;

const generationsSchema = z.object({
  change: z.null(),
  secrets: z.record(z.string(), z.object({ current: z.string(), pending: z.string().nullable() })),
});

/** What is rotated, where, and with which environment. */
export interface Turn {
  secret: SecretName;
  stage: Stage;
  shell: NodeJS.ProcessEnv;
}

/** The steps of the newest change from which there is a way back, in their order. */
export async function stepsBefore({ shell }: Pick<Turn, "shell">): Promise<string[]> {
  const newest = await readNewestChange(shell);
  if (newest === null) throw new Error("no change is on record, so no step is known");
  const { stdout: text } = await runbook(["records", "show", newest, "--json"], { env: shell, output: "kept" });
  const events = text.split("\n").flatMap((line) => parseLine(line) ?? []);
  const steps = events.flatMap(({ type, step }) => (type === "step-started" && step !== null ? [step] : []));
  const forward = steps.indexOf(NO_WAY_BACK);
  return [...new Set(forward === -1 ? steps : steps.slice(0, forward))];
}

/** The generation that is current, and the one that waits for its turn. */
async function generationsOf({ secret, stage, shell }: Turn): Promise<{ current: string; pending: string | null }> {
  const { stdout } = await runbook(["status", "--stack", stage, "--json"], { env: shell, output: "kept" });
  const { current, pending } = generationsSchema.parse(JSON.parse(stdout)).secrets[secret] ?? {};
  if (current === undefined || pending === undefined) throw new Error(`${stage} has no ${secret}`);
  return { current, pending };
}

/** The steps of a ring's rotation in which the new key signs, before the release before that is gone. */
const SIGNS_NOT_YET_ALONE = ["mint", "pend", "current", "soak"];

/**
 * Whether a ring's new key goes on signing where a rotation is called off at a step: once no release signs with the one before, that is a
 * restore point too, and the next rotation ends this one.
 */
function goesOnSigning(secret: SecretName, step: string): boolean {
  return secret === "SESSION_SECRET" && !/^(verify|sign)-/.test(step) && !SIGNS_NOT_YET_ALONE.includes(step);
}

/**
 * Whether a generation stays pending where a rotation is called off at a step. A ring's verifying phase is a restore point of its own: once
 * the release before it is gone, the new key goes on verifying beside the old one, and the next rotation begins there.
 */
function staysPending(secret: SecretName, step: string): boolean {
  if (secret !== "SESSION_SECRET" || goesOnSigning(secret, step)) return false;
  return step !== "mint" && step !== "pend" && !step.startsWith("verify-");
}

/** Where a step is broken off: in the middle of its update with the engine, else by its task or as soon as it stands. */
function pointsIn(step: string): Point[] {
  const point = { step, gate: null, delay: 0, victim: "runner" } as const;
  return [
    { ...point, type: "engine-started", moment: "during", delay: IN_AN_UPDATE, victim: "runner and engine" },
    { ...point, type: "task-done", moment: "after" },
    { ...point, type: "settled", moment: "after" },
  ];
}

/**
 * Begins a rotation, kills its runner in the middle of a step, and calls the change off: what is current must be what was before, and
 * nothing may stay pending, but for what a ring's restore points keep.
 * @returns an empty text, or what went wrong
 */
export async function callOffAt(turn: Turn, step: string, options: readonly string[]): Promise<string> {
  const { secret, stage, shell } = turn;
  const before = await generationsOf(turn);
  const life = await live(["rotate", secret, "--stack", stage, "--wait", ...options], shell, pointsIn(step));
  if (life.code !== null) return `at ${step}: the runner left with ${life.code}\n${life.output.slice(-2_000)}`;
  const off = await runbook(["abort", "--stack", stage, "--reason", `at ${step}`], { env: shell, output: "kept" });
  if (off.code !== 0) return `at ${step}: the abort left with ${off.code}\n${off.stdout.slice(-2_000)}`;
  const after = await generationsOf(turn);
  const current = goesOnSigning(secret, step) ? (before.pending ?? before.current) : before.current;
  if (after.current !== current) return `at ${step}: ${after.current} is current, not ${current}`;
  if ((after.pending !== null) === staysPending(secret, step)) return "";
  return `at ${step}: ${after.pending ?? "no generation"} is pending`;
}
