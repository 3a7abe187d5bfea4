import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { parseLine, verifyChain } from "../../infra/changes/record/chain.ts";
import { type ChangeEvent, headSchema } from "../../infra/changes/record/events.ts";
import { ACCOUNTS, type Stage } from "../cloud/accounts.ts";
import { runbook, runCommand } from "../demo/commands.ts";
import { buildRelease, readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import { databaseText, stackText, story } from "./end-state.ts";
import { live, type Point } from "./runner-process.ts";

/** A change that is carried out, and what was done before it undisturbed. */
export interface Tale {
  name: "deploy" | "promote" | "abort";
  stack: Stage;
}

export const TALES: readonly Tale[] = [
  { name: "deploy", stack: "staging" },
  { name: "promote", stack: "production" },
  { name: "abort", stack: "staging" },
];

/** What is compared between two runs of the same tale. */
export interface End {
  stack: string[];
  database: string[];
  story: string[];
  /** what is wrong with the record's chain */
  record: string[];
}

export interface Run {
  end: End;
  events: ChangeEvent[];
  points: Point[];
  lives: number;
}

/** Between two requests of the background traffic that gives the gates something to count, in milliseconds. */
const PACE = 10;
/** More lives than this, and the change doesn't come to an end. */
const MAX_LIVES = 60;

const portSchema = z.object({
  stacks: z.record(
    z.string(),
    z.looseObject({ stores: z.record(z.string(), z.looseObject({ port: z.int().nullable() })) }),
  ),
});

async function command(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const ran = await (name === "runbook"
    ? runbook(args, { env, output: "kept" })
    : runCommand(name, args, { env, output: "kept" }));
  if (ran.code !== 0 && ran.code !== 75)
    throw new Error(`${name} ${args.join(" ")} left with ${ran.code}: ${ran.stdout}`);
  return ran.stdout;
}

/** Keeps requests coming to a gateway until it is stopped. */
function traffic(gateway: string): () => void {
  const timer = setInterval(() => {
    fetch(gateway, { signal: AbortSignal.timeout(5_000) })
      .then((answer) => answer.text())
      .catch(() => undefined);
  }, PACE);
  return () => clearInterval(timer);
}

async function databaseOf(stage: Stage, env: NodeJS.ProcessEnv): Promise<string[]> {
  const status = portSchema.parse(JSON.parse(await command("runbook", ["sandbox", "status", "--json"], env)));
  const port = status.stacks[stage]?.stores.postgres?.port;
  return databaseText(`postgresql://app:${ACCOUNTS[stage].databasePassword}@127.0.0.1:${port}/postgres`);
}

async function readRecord(folder: string, change: string): Promise<{ events: ChangeEvent[]; findings: string[] }> {
  const lines = (await readFile(join(folder, "events.jsonl"), "utf8")).split("\n").slice(0, -1);
  const head = headSchema.parse(JSON.parse(await readFile(join(folder, "head.json"), "utf8")));
  const findings = verifyChain(change, lines, head).map(({ seq, problem }) => `event ${seq} ${problem}`);
  return { events: lines.flatMap((line) => parseLine(line) ?? []), findings };
}

/** Brings a sandbox up, tells the tale with kills at the points, and takes the sandbox down again. */
export async function tell(tale: Tale, points: readonly Point[]): Promise<Run> {
  const records = await mkdtemp(join(tmpdir(), "crash-records-"));
  let stop = () => {};
  try {
    await command("runbook", ["sandbox", "up"], {});
    const env = { ...(await readSandboxEnvironment()), RUNBOOKS_RECORDS: pathToFileURL(records).href };
    const up = (stack: string) =>
      command(
        "pulumi",
        ["up", "--yes", "--skip-preview", "--non-interactive", "--suppress-progress", "--stack", stack],
        env,
      );
    await Promise.all([up("staging"), ...(tale.stack === "staging" ? [] : [up(tale.stack)])]);
    const v2 = await buildRelease("v2", "2026.11.23-1", env);
    const gateways = await readSandboxStatus();
    stop = traffic(gateways.staging.gateway);
    const deploy = ["deploy", "--stack", "staging", "--release", v2];
    if (tale.name === "promote") {
      await command("runbook", [...deploy, "--wait"], env);
      stop();
      stop = traffic(gateways.production.gateway);
    }
    if (tale.name === "abort") await command("runbook", deploy, env);
    const begin = {
      deploy: [...deploy, "--wait"],
      promote: ["promote", "--from", "staging", "--to", "production", "--wait"],
      abort: ["abort", "--stack", "staging"],
    }[tale.name];
    const today = new Date().toISOString().slice(0, 10);
    const change = `CHG-${today}-${tale.name === "promote" ? "002" : "001"}`;
    const record = join(records, change, "events.jsonl");
    const resume = ["resume", "--stack", tale.stack, "--wait"];
    let left = [...points];
    let lives = 0;
    let args = begin;
    const reached: Point[] = [];
    for (;;) {
      lives += 1;
      const life = await live(args, env, { record, points: left });
      reached.push(...life.points);
      left = left.slice(life.points.length);
      if (life.code === 0 || life.code === 1) break;
      if (lives > MAX_LIVES || life.code !== null)
        throw new Error(`${args.join(" ")} left with ${life.code}: ${life.output}`);
      args = resume;
    }
    stop();
    const exported = await command("pulumi", ["stack", "export", "--non-interactive", "--stack", tale.stack], env);
    const { events, findings } = await readRecord(join(records, change), change);
    const end = {
      stack: stackText(exported),
      database: await databaseOf(tale.stack, env),
      story: story(events),
      record: findings,
    };
    return { end, events, points: reached, lives };
  } finally {
    stop();
    await command("runbook", ["sandbox", "down"], {});
    await rm(records, { recursive: true, force: true });
  }
}

/** What a killed run has that the other hasn't, and the other way round. */
export function differences(killed: End, whole: End): string[] {
  const parts = ["stack", "database", "story", "record"] as const;
  return parts.flatMap((part) => {
    const [a, b] = [new Set(killed[part]), new Set(whole[part])];
    const more = killed[part].filter((line) => !b.has(line)).map((line) => `${part}: only after kills: ${line}`);
    const less = whole[part].filter((line) => !a.has(line)).map((line) => `${part}: only without: ${line}`);
    return [...more, ...less];
  });
}
