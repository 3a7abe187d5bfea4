import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { openKubernetes } from "../../infra/clients/kubernetes.ts";
import { parseLine, verifyChain } from "../../infra/records/chain.ts";
import { byAge, CHANGE_ID, type ChangeEvent, headSchema } from "../../infra/records/events.ts";
import { readIfThere } from "../../infra/records/record-file.ts";
import { ACCOUNTS, type Stage } from "../../sandbox/cloud/accounts.ts";
import { databaseText, namespaceIn, orphansText, stackText, story, ticketsText } from "./end-state.ts";
import type { Point } from "./points.ts";
import { live } from "./runner-process.ts";
import { command, exported, inSandbox, traffic } from "./sandbox.ts";
import type { Tale } from "./tales.ts";

/** What is compared between two runs of the same tale. */
export interface End {
  stack: string[];
  /** what stands in the cluster and in no stack's state */
  orphans: string[];
  database: string[];
  /** what was opened at the ticket system */
  tickets: string[];
  story: string[];
  /** what is wrong with the record's chain */
  record: string[];
}

export interface Run {
  end: End;
  /** of the change, from where the tale's own command begins */
  events: ChangeEvent[];
  /** the points that were come to */
  struck: Point[];
  lives: number;
}

/** More lives than points and these, and the change doesn't come to an end. */
const MORE_LIVES = 20;

const statusSchema = z.object({
  inbox: z.array(z.object({ channel: z.string(), headline: z.string() })),
  stacks: z.record(
    z.string(),
    z.looseObject({ stores: z.record(z.string(), z.looseObject({ port: z.int().nullable() })) }),
  ),
});

async function outsideOf(stage: Stage, env: NodeJS.ProcessEnv): Promise<Pick<End, "database" | "tickets">> {
  const status = statusSchema.parse(JSON.parse(await command("runbook", ["sandbox", "status", "--json"], env)));
  const port = status.stacks[stage]?.stores.postgres?.port;
  const url = `postgresql://app:${ACCOUNTS[stage].databasePassword}@127.0.0.1:${port}/postgres`;
  return { database: await databaseText(url), tickets: ticketsText(status.inbox) };
}

/** What changes have made in a namespace of the sandbox's cluster. */
async function ownedIn(namespace: string, { KUBECONFIG }: NodeJS.ProcessEnv) {
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = KUBECONFIG;
  try {
    return await (await openKubernetes({ context: null })).owned(namespace);
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
}

interface Record {
  change: string;
  events: ChangeEvent[];
  findings: string[];
}

async function readRecord(records: string, change: string): Promise<Record> {
  const text = await readIfThere(join(records, change, "events.jsonl"));
  const lines = (text?.toString() ?? "").split("\n").slice(0, -1);
  const head = await readIfThere(join(records, change, "head.json"));
  const findings = verifyChain(change, lines, head === null ? null : headSchema.parse(JSON.parse(head.toString())));
  return {
    change,
    events: lines.flatMap((line) => parseLine(line) ?? []),
    findings: findings.map(({ seq, problem }) => `event ${seq} ${problem}`),
  };
}

/** The newest change with an event. */
async function newest(records: string): Promise<Record | null> {
  const changes = (await readdir(records)).filter((name) => CHANGE_ID.test(name)).sort(byAge);
  const all = await Promise.all(changes.map((change) => readRecord(records, change)));
  return all.findLast(({ events }) => events.length > 0) ?? null;
}

/** What stands of a record before the tale's command, so that it is told apart from what the command does. */
const placeOf = (record: Record | null) => ({ change: record?.change ?? null, events: record?.events.length ?? 0 });

/** Whether the command has begun a change, and where that stands. */
function standOf(record: Record | null, before: ReturnType<typeof placeOf>): "none" | "open" | "over" {
  if (record === null || (record.change === before.change && record.events.length === before.events)) return "none";
  if (!record.events.some(({ type }) => type === "closed")) return "open";
  // A change that was killed before its plan was written is ended by resume, with nothing done: it is begun again.
  return record.events.some(({ type }) => type === "planned") ? "over" : "none";
}

/** Carries the tale's command out, life after life, until its change is over. */
async function carryOut(
  { stack }: Tale,
  begin: readonly string[],
  { env, records, points }: { env: NodeJS.ProcessEnv; records: string; points: readonly Point[] },
): Promise<Pick<Run, "events" | "struck" | "lives"> & { findings: string[] }> {
  const before = placeOf(await newest(records));
  let left = [...points];
  const struck: Point[] = [];
  for (let lives = 1; lives <= points.length + MORE_LIVES; lives += 1) {
    const args = standOf(await newest(records), before) === "none" ? begin : ["resume", "--stack", stack, "--wait"];
    const life = await live(args, env, left);
    struck.push(...life.struck);
    left = left.filter((point) => !life.struck.includes(point));
    const record = await newest(records);
    const stand = standOf(record, before);
    if (record !== null && stand === "over") {
      const events = record.events.slice(record.change === before.change ? before.events : 0);
      return { events, struck, lives, findings: record.findings };
    }
    if (life.code !== null && !(life.code === 1 && stand === "none"))
      throw new Error(`runbook ${args.join(" ")} left with ${life.code}: ${life.output}`);
  }
  throw new Error(`runbook ${begin.join(" ")} came to no end`);
}

/** Brings a sandbox up, tells the tale with kills at the points, and takes the sandbox down again. */
export function tell(tale: Tale, points: readonly Point[]): Promise<Run> {
  const stacks = [...new Set(["staging", tale.stack] as const)];
  return inSandbox(stacks, async ({ env, records, release, gateways }) => {
    let stop = traffic(gateways.staging.gateway);
    try {
      for (const args of tale.before({ release })) await command("runbook", args, env);
      stop();
      stop = traffic(gateways[tale.stack].gateway);
      const { findings, ...run } = await carryOut(tale, tale.begin({ release }), { env, records, points });
      stop();
      const state = await exported(tale.stack, env);
      const stack = stackText(state);
      const orphans = orphansText(state, await ownedIn(namespaceIn(state), env));
      const outside = await outsideOf(tale.stack, env);
      return { ...run, end: { stack, orphans, ...outside, story: story(run.events), record: findings } };
    } finally {
      stop();
    }
  });
}

/** What a killed run has that the other hasn't, and the other way round. */
export function differences(killed: End, whole: End): string[] {
  const parts = ["stack", "orphans", "database", "tickets", "story", "record"] as const;
  return parts.flatMap((part) => {
    const [a, b] = [new Set(killed[part]), new Set(whole[part])];
    const more = killed[part].filter((line) => !b.has(line)).map((line) => `${part}: only after kills: ${line}`);
    const less = whole[part].filter((line) => !a.has(line)).map((line) => `${part}: only without: ${line}`);
    return [...more, ...less];
  });
}
