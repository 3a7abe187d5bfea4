import pc from "picocolors";
import { ACCOUNTS } from "../../sandbox/cloud/accounts.ts";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { spawnLoad } from "../load/spawn.ts";
import { type Ended, runbook, runCommand } from "./commands.ts";
import { settingsOfService } from "./left-to-service.ts";
import { buildRelease, readNewestChange, readSandboxEnvironment, readSandboxStatus } from "./sandbox.ts";
import { ROOT, startService } from "./service.ts";
import { type Chapter, printSummary } from "./summary.ts";
import { until } from "./until.ts";

/** A demo: a good release all the way, a bad one stopped, under load. Exit 0 only where all went as told. */
scriptCommand("demo", "Production on one machine: a good release all the way, a bad one stopped, under load.").parse();
const PROMOTE = ["promote", "--from", "staging", "--to", "production"];
const chapters: Chapter[] = [];
const demoStartedAt = performance.now();

async function chapter(title: string, wanted: number, work: () => Promise<Ended>): Promise<Ended> {
  process.stdout.write(pc.bold(`\n== ${title}\n`));
  const startedAt = performance.now();
  const ended = await work();
  chapters.push({ title, seconds: (performance.now() - startedAt) / 1_000, exit: ended.code, wanted });
  mustEndWith(wanted, ended, title);
  return ended;
}

function mustEndWith(wanted: number, { code, stdout }: Ended, title: string): void {
  if (code === wanted) return;
  process.stdout.write(stdout);
  throw new Error(`"${title}" ended with exit ${code}, not with ${wanted}`);
}

async function firstUpdates(env: NodeJS.ProcessEnv): Promise<Ended> {
  const up = (stack: string) =>
    runCommand(
      "pulumi",
      ["up", "--yes", "--skip-preview", "--non-interactive", "--suppress-progress", "--stack", stack],
      {
        env,
        output: "kept",
      },
    );
  const [staging, production] = await Promise.all([up("staging"), up("production")]);
  return staging.code === 0 ? production : staging;
}

/** Waits until production has a change that wasn't there before. */
async function opened(before: string | null, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const isOpened = async () => signal.aborted || (await readNewestChange(env)) !== before;
  await until("production's change", 120, isOpened, 500);
}

/** Stacks change independently: while production has version 2 as a canary, staging takes version 3. */
async function bothStacks(v3: string, env: NodeJS.ProcessEnv): Promise<void> {
  const before = await readNewestChange(env);
  const promoted = new AbortController();
  const canary = chapter("Version 2 to production, by canary", 0, () =>
    runbook([...PROMOTE, "--wait"], { env, output: "shown" }),
  );
  const staged = opened(before, env, promoted.signal).then(() =>
    chapter("Meanwhile version 3 on staging, where its fault doesn't show", 0, () =>
      runbook(["deploy", "--stack", "staging", "--release", v3, "--wait"], { env, output: "kept" }),
    ),
  );
  const [one, other] = await Promise.allSettled([canary.finally(() => promoted.abort()), staged]);
  if (one.status === "rejected") throw one.reason;
  if (other.status === "rejected") throw other.reason;
  process.stdout.write(`${pc.dim("\n$ runbook deploy --stack staging (meanwhile)")}\n${other.value.stdout}`);
}

/** The command opens the change and leaves; the service, whose board shows it, takes it back. */
async function byService(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = ["--config-file", await settingsOfService("production", env)];
  const service = await startService(ROOT, ["--stack", "production"], env);
  try {
    await until("the service to lead", 60, () => service.lines.some(({ message }) => message.startsWith("leads")));
    const shown = { env, output: "shown" } as const;
    const title = "Version 3 to production, run by the service: stopped and taken back";
    await chapter(title, 1, async () => {
      process.stdout.write(`the board: ${service.url}\n`);
      mustEndWith(75, await runbook([...PROMOTE, ...settings], shown), title);
      return runbook(["resume", "--stack", "production", "--wait", ...settings], shown);
    });
  } finally {
    await service.kill("SIGTERM");
  }
}

async function tellStory(): Promise<void> {
  const env = await readSandboxEnvironment();
  const [, v2, v3] = await Promise.all([
    chapter("Both stacks, version 1 everywhere", 0, () => firstUpdates(env)),
    buildRelease("v2", "2026.11.23-1", env),
    buildRelease("v3", "2026.11.24-1", env),
  ]);
  const { gateway } = (await readSandboxStatus()).production;
  const { syntheticUser, syntheticPassword } = ACCOUNTS.production;
  const load = await spawnLoad({
    baseUrl: gateway,
    user: syntheticUser,
    password: syntheticPassword,
  });
  process.stdout.write(
    "200 requests a second, 20 users logged in and 50 WebSockets on production, from here to the end\n",
  );
  try {
    const shown = { env, output: "shown" } as const;
    await chapter("Version 2 on staging: migrate, release, soak", 0, () =>
      runbook(
        ["deploy", "--stack", "staging", "--release", v2, "--wait", "--reason", "summaries for documents"],
        shown,
      ),
    );
    await bothStacks(v3, env);
    const before = await load.stats();
    await byService(env);
    const after = await load.stop();
    printSummary({
      chapters,
      seconds: (performance.now() - demoStartedAt) / 1_000,
      before,
      after,
      record: (await readNewestChange(env)) ?? "none",
      records: env.RUNBOOKS_RECORDS ?? "",
    });
    if (before.failed + before.lostSessions + before.lostWebSockets > 0)
      throw new Error("a good release lost something");
  } finally {
    await load.stop();
  }
}

const own = {
  up: () =>
    chapter("The sandbox: engine, Redis, Postgres, two stages", 0, () =>
      runbook(["sandbox", "up", "--new"], { output: "shown" }),
    ),
  async down() {
    const { code } = await runbook(["sandbox", "down"], { output: "shown" });
    if (code !== 0) throw new Error(`the sandbox's end left with ${code}`);
  },
};
await inOwnSandbox(own, tellStory).catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(pc.red(`\nthe demo failed: ${error instanceof Error ? error.message : String(error)}\n`));
});
