import { SECRET_NAMES, type SecretName } from "../../infra/releases.ts";
import { ACCOUNTS, STAGES, type Stage } from "../cloud/accounts.ts";
import { type Ended, runbook, runCommand } from "../demo/commands.ts";
import { readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import type { LoadStats } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { type Rotated, tableOf } from "./table.ts";

/**
 * Every secret on staging and production under load: 200 requests a second, 20 users logged in, 50 WebSockets on the stack whose
 * turn it is. Exit 0 only where no request failed, nobody was logged out and every rotation ended as it should.
 */
const asked = process.argv.slice(2);
const names = SECRET_NAMES.filter((name) => asked.length === 0 || asked.includes(name));
const stages = STAGES.filter(
  (stage) => !asked.some((word) => STAGES.some((one) => one === word)) || asked.includes(stage),
);

const env = { RUNBOOKS_SANDBOX: process.env.RUNBOOKS_SANDBOX ?? ".sandbox-rotations" };

async function mustEnd(what: Promise<Ended>, name: string): Promise<Ended> {
  const ended = await what;
  if (ended.code !== 0) throw new Error(`${name} ended with exit ${ended.code}\n${ended.stdout.slice(-3_000)}`);
  return ended;
}

/** AFM's next key, as its operator would get it from AFM. */
async function valueFor(secret: SecretName, stage: Stage, shell: NodeJS.ProcessEnv): Promise<string | null> {
  if (secret !== "AFM_KEY") return null;
  const made = await runbook(["sandbox", "afm-key", "--stack", stage], { env: shell, output: "kept" });
  return (await mustEnd(Promise.resolve(made), "sandbox afm-key")).stdout.trim();
}

async function rotate(secret: SecretName, stage: Stage, shell: NodeJS.ProcessEnv): Promise<Rotated> {
  const { gateway } = (await readSandboxStatus(shell))[stage];
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stage];
  const value = await valueFor(secret, stage, shell);
  const load = await spawnLoad({ baseUrl: gateway, user, password });
  let stats: LoadStats;
  let ended: Ended;
  try {
    const handed = value === null ? [] : ["--value-stdin"];
    const args = ["rotate", secret, "--stack", stage, "--wait", "--reason", "the yearly turn", ...handed];
    ended = await runbook(args, { env: shell, output: "shown", input: value });
  } finally {
    stats = await load.stop();
  }
  if (stats.errors.length > 0) process.stdout.write(`${stats.errors.join("\n")}\n`);
  return { secret, stage, seconds: ended.seconds, exit: ended.code, load: stats };
}

async function main(): Promise<void> {
  await mustEnd(runbook(["sandbox", "up"], { env, output: "kept" }), "sandbox up");
  const shell = await readSandboxEnvironment(env);
  const rotated: Rotated[] = [];
  try {
    const up = (stack: string) =>
      runCommand("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack], {
        env: shell,
        output: "kept",
      });
    await Promise.all(stages.map((stage) => mustEnd(up(stage), `pulumi up of ${stage}`)));
    for (const secret of names) {
      for (const stage of stages) rotated.push(await rotate(secret, stage, shell));
    }
  } finally {
    const down = await runbook(["sandbox", "down", "--purge"], { env, output: "kept" });
    if (down.code !== 0) process.stderr.write(down.stdout);
    process.stdout.write(`\n${tableOf(rotated)}\n`);
  }
  const bad = rotated.filter(
    ({ exit, load }) => exit !== 0 || load.failed + load.lostSessions + load.lostWebSockets > 0,
  );
  if (bad.length > 0) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`the rotations failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
