import { Argument } from "commander";
import { SECRET_NAMES, type SecretName } from "../../infra/releases.ts";
import { ACCOUNTS, STAGES, type Stage } from "../cloud/accounts.ts";
import { inOwnSandbox } from "../commands/own-sandbox.ts";
import { scriptCommand } from "../commands/script.ts";
import { type Ended, runbook, runCommand } from "../demo/commands.ts";
import { readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import type { LoadStats } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { isAsItShould, MANNERS, type Manner, type Rotated, tableOf } from "./table.ts";

/**
 * Every secret on staging and production under load: 200 requests a second, 20 users logged in, 50 WebSockets on the stack whose
 * turn it is. Exit 0 only where no request failed, nobody was logged out and every rotation ended as it should.
 * `[STAGE] [SECRET...] [compromised | ended]`: before production alone staging has its turn, without load;
 * `ended` ends every session of SESSION_SECRET, and everybody has to be logged in again afterwards.
 */
const { args: asked } = scriptCommand("test:rotations", "Rotate every secret on both stages under load.")
  .addArgument(
    new Argument("[what...]", "which secrets, which stages (all where none is named), and in which manner").choices([
      ...SECRET_NAMES,
      ...STAGES,
      ...MANNERS,
    ]),
  )
  .parse();
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

/** Production takes what staging has passed, also where nobody asked for staging's own turn. */
async function passStaging(secret: SecretName, shell: NodeJS.ProcessEnv): Promise<void> {
  if (stages.includes("staging")) return;
  await mustEnd(runbook(rotation(secret, "staging"), { env: shell, output: "kept" }), `${secret} on staging`);
}

async function rotate(secret: SecretName, stage: Stage, shell: NodeJS.ProcessEnv): Promise<Rotated> {
  const { gateway } = (await readSandboxStatus(shell))[stage];
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stage];
  const load = await spawnLoad({ baseUrl: gateway, user, password, sessions: USERS });
  let stats: LoadStats;
  let ended: Ended;
  try {
    ended = await runbook(rotation(secret, stage), { env: shell, output: "shown" });
  } finally {
    stats = await load.stop();
  }
  if (stats.errors.length > 0) process.stdout.write(`${stats.errors.join("\n")}\n`);
  return { secret, stage, manner, seconds: ended.seconds, exit: ended.code, load: stats };
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
      await passStaging(secret, shell);
      for (const stage of stages) rotated.push(await rotate(secret, stage, shell));
    }
  }).finally(() => process.stdout.write(`\n${tableOf(rotated)}\n`));
  if (!rotated.every((one) => isAsItShould(one, USERS))) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`the rotations failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
