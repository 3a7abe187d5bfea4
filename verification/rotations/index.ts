import { Argument } from "commander";
import { z } from "zod";
import { SECRET_NAMES, type SecretName } from "../../infra/domain/releases.ts";
import { ACCOUNTS, STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { type Ended, runbook, runCommand } from "../demo/commands.ts";
import { readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import type { LoadStats } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { callOffAt, stepsBefore, type Turn } from "./call-off.ts";
import { isAsItShould, MANNERS, type Manner, type Rotated, tableOf } from "./table.ts";

/** How a secret is rotated once more after its first turn. */
const TWICE = ["twice", "called-off"] as const;

/**
 * Every secret on staging and production under load: 200 requests a second unless told otherwise, 20 users logged in, 50 WebSockets on the stack whose
 * turn it is. Exit 0 only where no request failed, nobody was logged out and every rotation ended as it should.
 * `[STAGE] [SECRET...] [compromised | ended]`: before production alone staging has its turn, without load;
 * `ended` ends every session of SESSION_SECRET, and everybody has to be logged in again afterwards. With `twice` each secret is rotated
 * a second time in a row; with `called-off` that second one is called off at every step first, its runner and engine killed there.
 */
const command = scriptCommand("test:rotations", "Rotate every secret on both stages under load.")
  .addArgument(
    new Argument("[what...]", "which secrets, which stages (all where none is named), and in which manner").choices([
      ...SECRET_NAMES,
      ...STAGES,
      ...MANNERS,
      ...TWICE,
    ]),
  )
  .option("--at <step...>", "with called-off: at these steps alone", [])
  .option("--requests <number>", "a second, on the stack whose turn it is", "200")
  .parse();
const asked = command.args;
const { at, requests: requestsPerSecond } = z
  .object({ at: z.array(z.string()), requests: z.coerce.number().positive().max(2_000) })
  .parse(command.opts());
const named = SECRET_NAMES.filter((name) => asked.includes(name));
const staged = STAGES.filter((stage) => asked.includes(stage));
const stages = staged.length === 0 ? STAGES : staged;
const manner = MANNERS.findLast((one) => asked.includes(one)) ?? "planned";
const all: readonly SecretName[] = manner === "ended" ? ["SESSION_SECRET"] : SECRET_NAMES;
const names = named.length === 0 ? all : named;
const OPTIONS: Record<Manner, readonly string[]> = {
  planned: ["--reason", "the yearly turn"],
  compromised: ["--compromised", "--yes", "--reason", "found in a public log"],
  ended: ["--compromised", "--end-sessions", "--yes", "--reason", "found in a public log"],
};

const [again, calledOff] = TWICE.map((word) => asked.includes(word));
const USERS = 20;
const env = { RUNBOOKS_SANDBOX: process.env.RUNBOOKS_SANDBOX ?? ".sandbox-rotations" };

async function mustEnd(what: Promise<Ended>, name: string): Promise<Ended> {
  const ended = await what;
  if (ended.code !== 0) throw new Error(`${name} ended with exit ${ended.code}\n${ended.stdout.slice(-3_000)}`);
  return ended;
}

const rotation = (secret: SecretName, stage: Stage) => [
  "rotate",
  secret,
  "--stack",
  stage,
  "--wait",
  ...OPTIONS[manner],
];

/** Production takes what staging has passed, also where nobody asked for staging's own turn, or where staging has had only its first. */
async function passStaging(secret: SecretName, shell: NodeJS.ProcessEnv, stage: Stage): Promise<void> {
  if (stage === "staging") return;
  await mustEnd(runbook(rotation(secret, "staging"), { env: shell, output: "kept" }), `${secret} on staging`);
}

/** Does something of a stack's while it is under load. */
async function underLoad(
  { secret, stage, shell }: Turn,
  turn: Rotated["turn"],
  work: () => Promise<Ended>,
): Promise<Rotated> {
  const { gateway } = (await readSandboxStatus(shell))[stage];
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stage];
  const load = await spawnLoad({ baseUrl: gateway, user, password, requestsPerSecond, sessions: USERS });
  let stats: LoadStats;
  let ended: Ended;
  try {
    ended = await work();
  } finally {
    stats = await load.stop();
  }
  if (stats.errors.length > 0) process.stdout.write(`${stats.errors.join("\n")}\n`);
  const rotated = { secret, stage, manner, turn, seconds: ended.seconds, exit: ended.code, load: stats };
  // A whole run takes hours: what has ended is told, whatever becomes of the rest.
  process.stdout.write(`\n${tableOf([rotated])}\n\n`);
  return rotated;
}

const rotate = (turn: Turn, which: Rotated["turn"]): Promise<Rotated> =>
  underLoad(turn, which, () => runbook(rotation(turn.secret, turn.stage), { env: turn.shell, output: "shown" }));

/** The next rotation, called off at every step from which there is a way back: exit 0 only where each came back. */
async function callOffEverywhere(turn: Turn): Promise<Ended> {
  const startedAt = performance.now();
  let code = 0;
  const steps = (await stepsBefore(turn)).filter((step) => at.length === 0 || at.includes(step));
  for (const step of steps) {
    const wrong = await callOffAt(turn, step, OPTIONS[manner]);
    process.stdout.write(`${turn.secret} on ${turn.stage}, ${wrong === "" ? `called off at ${step}` : wrong}\n`);
    if (wrong !== "") code = 1;
  }
  return { code, seconds: (performance.now() - startedAt) / 1_000, stdout: "" };
}

/** Every turn of a secret on a stack. */
async function turnsOf(turn: Turn): Promise<Rotated[]> {
  const turns = [await rotate(turn, "first")];
  if (!(again || calledOff)) return turns;
  await passStaging(turn.secret, turn.shell, turn.stage);
  if (calledOff) turns.push(await underLoad(turn, "called off", () => callOffEverywhere(turn)));
  return [...turns, await rotate(turn, "second")];
}

async function main(): Promise<void> {
  const rotated: Rotated[] = [];
  const own = {
    up: () => mustEnd(runbook(["sandbox", "up", "--new"], { env, output: "kept" }), "sandbox up"),
    down: () => mustEnd(runbook(["sandbox", "down", "--purge"], { env, output: "kept" }), "sandbox down"),
  };
  await inOwnSandbox(own, async () => {
    const shell = await readSandboxEnvironment(env);
    const up = (stack: string) =>
      runCommand("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack], {
        env: shell,
        output: "kept",
      });
    await Promise.all(STAGES.map((stage) => mustEnd(up(stage), `pulumi up of ${stage}`)));
    for (const secret of names) {
      for (const stage of stages) {
        if (!stages.includes("staging")) await passStaging(secret, shell, stage);
        rotated.push(...(await turnsOf({ secret, stage, shell })));
      }
    }
  }).finally(() => process.stdout.write(`\n${tableOf(rotated)}\n`));
  if (!rotated.every((one) => isAsItShould(one, USERS))) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`the rotations failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
