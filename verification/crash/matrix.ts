import type { ChangeEvent } from "../../infra/records/events.ts";
import { type End, readEnd } from "./end.ts";
import type { Point } from "./points.ts";
import { type ChangeRecord, newestRecord } from "./record.ts";
import { live } from "./runner-process.ts";
import { command, inSandbox, traffic } from "./sandbox.ts";
import type { Tale } from "./tales.ts";

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

/** What stands of a record before the tale's command, so that it is told apart from what the command does. */
const placeOf = (record: ChangeRecord | null) => ({
  change: record?.change ?? null,
  events: record?.events.length ?? 0,
});

/** Whether the command has begun a change, and where that stands. */
function standOf(record: ChangeRecord | null, before: ReturnType<typeof placeOf>): "none" | "open" | "over" {
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
  const before = placeOf(await newestRecord(records));
  let left = [...points];
  const struck: Point[] = [];
  for (let lives = 1; lives <= points.length + MORE_LIVES; lives += 1) {
    const args =
      standOf(await newestRecord(records), before) === "none" ? begin : ["resume", "--stack", stack, "--wait"];
    const life = await live(args, env, left);
    struck.push(...life.struck);
    left = left.filter((point) => !life.struck.includes(point));
    const record = await newestRecord(records);
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
      return { ...run, end: await readEnd(tale.stack, env, { events: run.events, findings }) };
    } finally {
      stop();
    }
  });
}
