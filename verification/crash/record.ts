import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseLine, verifyChain } from "../../infra/records/chain.ts";
import { byAge, CHANGE_ID, type ChangeEvent, headSchema } from "../../infra/records/events.ts";
import { readIfThere } from "../../infra/records/record-file.ts";

/** A change's record in a store's folder. */
export interface ChangeRecord {
  change: string;
  events: ChangeEvent[];
  /** what is wrong with its chain */
  findings: string[];
}

export async function readRecord(records: string, change: string): Promise<ChangeRecord> {
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
export async function newestRecord(records: string): Promise<ChangeRecord | null> {
  const changes = (await readdir(records)).filter((name) => CHANGE_ID.test(name)).sort(byAge);
  const all = await Promise.all(changes.map((change) => readRecord(records, change)));
  return all.findLast(({ events }) => events.length > 0) ?? null;
}
