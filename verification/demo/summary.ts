import pc from "picocolors";
import type { LoadStats } from "../load/load.ts";

/** One part of the demo, and how it ended. */
export interface Chapter {
  title: string;
  seconds: number;
  exit: number;
  wanted: number;
}

interface Summary {
  chapters: readonly Chapter[];
  /** from the demo's start on: two of its parts run side by side */
  seconds: number;
  /** the load up to the bad release, and to the end */
  before: LoadStats;
  after: LoadStats;
  record: string;
  records: string;
}

/** What a person wants to know in the end: time by part, requests, and where the record lies. */
export function printSummary({ chapters, seconds, before, after, record, records }: Summary): void {
  const rows = chapters.map((one) => `${one.seconds.toFixed(1).padStart(7)} s  exit ${one.exit}  ${one.title}`);
  const failed = after.failed - before.failed;
  const page = `${records.replace("file://", "")}/${record}/record.html`;
  const { p50, p99 } = after.latencyMs;
  const lines = [
    pc.bold("\n== Summary"),
    ...rows,
    `${seconds.toFixed(1).padStart(7)} s  in all`,
    "",
    `while the good release went through: ${before.sent} requests, ${before.failed} failed; ${before.lostSessions} of ${before.sessions} sessions and ${before.lostWebSockets} of ${before.webSockets} WebSockets lost (${before.drainedWebSockets} moved on with notice)`,
    `while the bad one was tried:         ${after.sent - before.sent} requests, ${failed} failed until it was taken back`,
    `latency through the gateway:         ${p50 ?? "-"} ms median, ${p99 ?? "-"} ms at the 99th percentile`,
    `the record of the stopped canary:    ${page}`,
  ];
  for (const error of before.errors) lines.push(pc.red(`  ${error}`));
  process.stdout.write(`${lines.join("\n")}\n`);
}
