import pc from "picocolors";
import { ACCOUNTS } from "../../sandbox/cloud/accounts.ts";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { spawnLoad } from "../load/spawn.ts";
import { type Ended, runbook, runCommand } from "./commands.ts";
import { buildRelease, readNewestChange, readSandboxEnvironment, readSandboxStatus } from "./sandbox.ts";
import { type Chapter, printSummary } from "./summary.ts";

/** A demo: a good release all the way, a bad one stopped, under load. Exit 0 only where all went as told. */
scriptCommand("demo", "Production on one machine: a good release all the way, a bad one stopped, under load.").parse();
const chapters: Chapter[] = [];

async function chapter(title: string, wanted: number, work: () => Promise<Ended>): Promise<Ended> {
  process.stdout.write(pc.bold(`\n== ${title}\n`));
  const ended = await work();
  chapters.push({ title, seconds: ended.seconds, exit: ended.code, wanted });
  if (ended.code !== wanted) throw new Error(`"${title}" ended with exit ${ended.code}, not with ${wanted}`);
  return ended;
}

async function firstUpdates(env: NodeJS.ProcessEnv): Promise<Ended> {
  const startedAt = performance.now();
  const up = (stack: string) =>
    runCommand(
      "pulumi",
      ["up", "--yes", "--skip-preview", "--non-interactive", "--suppress-progress", "--stack", stack],
      {
        env,
        output: "kept",
      },
    );
  const ended = await Promise.all([up("staging"), up("production")]);
  const failed = ended.find(({ code }) => code !== 0);
  if (failed !== undefined) process.stdout.write(failed.stdout);
  return { code: failed?.code ?? 0, stdout: "", seconds: (performance.now() - startedAt) / 1_000 };
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
  // However slow the machine is: a canary that is judged without users would hold. It ends with this process at the latest.
  const load = await spawnLoad({
    baseUrl: gateway,
    user: syntheticUser,
    password: syntheticPassword,
    maxSeconds: null,
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
    await chapter("Version 2 to production, by canary", 0, () =>
      runbook(["promote", "--from", "staging", "--to", "production", "--wait"], shown),
    );
    await chapter("Version 3 on staging, where its fault doesn't show", 0, () =>
      runbook(["deploy", "--stack", "staging", "--release", v3, "--wait"], shown),
    );
    const before = await load.stats();
    await chapter("Version 3 to production: stopped and taken back", 1, () =>
      runbook(["promote", "--from", "staging", "--to", "production", "--wait"], shown),
    );
    const after = await load.stop();
    printSummary({
      chapters,
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
