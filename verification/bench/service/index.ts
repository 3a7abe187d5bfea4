import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openFileStore } from "../../../infra/records/file-store.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import { ASKED, type Asked } from "./counted-store.ts";
import { type LiveFigures, type LiveSizes, measureLive } from "./live.ts";
import { PRODUCTION } from "./stack.ts";
import { simulateWeek, type WeekFigures } from "./week.ts";

type Write = (line: string) => void;

/** How much is simulated. */
export interface ServiceSizes extends LiveSizes {
  week: { busy: number; resting: number; days: number };
}

export const WHOLE: ServiceSizes = {
  stacks: 200,
  canaries: 20,
  seconds: 420,
  watch: PRODUCTION,
  week: { busy: 20, resting: 2, days: 7 },
};
export const SHORT: ServiceSizes = {
  stacks: 20,
  canaries: 2,
  seconds: 80,
  watch: { ...PRODUCTION, interval: 5_000 },
  week: { busy: 2, resting: 1, days: 2 },
};

async function inStore<Result>(use: (open: () => RecordStore) => Promise<Result>): Promise<Result> {
  const root = await mkdtemp(join(tmpdir(), "service-"));
  try {
    return await use(() => openFileStore(pathToFileURL(root).href, createRedactor([])));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** What a share of values isn't above (pure); null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

const inMs = (value: number | null): string => (value === null ? "-" : `${Math.round(value)} ms`);

/**
 * What the changes under way need of the store in so many seconds, at most (pure): a look at each stack's mark a second, and at each
 * running change's wish to be called off a second and before each decision, of which each writes an event at least; the rest once.
 */
export function needed({
  stacks,
  canaries,
  seconds,
  events,
  changes,
}: {
  stacks: number;
  canaries: number;
  seconds: number;
  events: number;
  changes: number;
}): Asked {
  const looks = Math.ceil(seconds / 300) + 1;
  return {
    newsMark: Math.ceil(seconds + 1) * stacks,
    askedToCallOff: Math.ceil(seconds + 1) * canaries + 2 * events,
    lease: changes,
    ofStack: looks * stacks + 4 * changes,
    ends: 4 * changes + looks * stacks,
    read: 4 * changes,
    append: events,
    pages: 4 * changes,
  };
}

function tellLive(write: Write, sizes: ServiceSizes, figures: LiveFigures): void {
  const { lateLooks, lateMarks, loopDelay, cpu, asked, events, seconds, problems } = figures;
  const of = (values: readonly number[]) =>
    `${values.length} | ${inMs(quantile(values, 0.5))} | ${inMs(quantile(values, 0.99))} | ${inMs(quantile(values, 1))}`;
  write(
    `${sizes.stacks} stacks, ${sizes.canaries} canaries under way, a store of files, ${Math.round(seconds)} s on the wall:`,
  );
  write("");
  write("| late by | looks | median | 99 % | most |");
  write("| --- | --- | --- | --- | --- |");
  write(`| gates of a canary | ${of(lateLooks)} |`);
  write(`| news of a stack | ${of(lateMarks)} |`);
  write("");
  write("| asked of the store | requests | what the changes need, at most |");
  write("| --- | --- | --- |");
  const most = needed({ ...sizes, seconds, events, changes: sizes.canaries });
  for (const kind of ASKED) write(`| ${kind} | ${asked[kind]} | ${most[kind]} |`);
  write("");
  write(
    `CPU: ${(100 * cpu).toFixed(0)} % of a core; timers late by the process itself at 99 %: ${inMs(loopDelay)}; problems: ${problems.length}`,
  );
  for (const problem of problems.slice(0, 5)) write(`  ${problem}`);
}

/** How much the heap has grown from the first simulated days to the last, as a share (pure). The first day loads what is loaded once. */
export function growth(heap: readonly number[]): number | null {
  const [first, last] = [heap[Math.min(1, heap.length - 2)], heap.at(-1)];
  return first === undefined || last === undefined ? null : last / first - 1;
}

function tellWeek(write: Write, { week }: ServiceSizes, figures: WeekFigures): void {
  const { heap, changes, events, asked, problems } = figures;
  const requests = ASKED.reduce((sum, kind) => sum + asked[kind], 0);
  write("");
  write(
    `${week.days} simulated days, a canary of a day under way on ${week.busy} stacks all the time, ${week.resting} at rest:`,
  );
  write("");
  write("| day | heap after a collection |");
  write("| --- | --- |");
  for (const [day, size] of heap.entries()) write(`| ${day + 1} | ${size.toFixed(1)} MiB |`);
  const grown = growth(heap);
  write("");
  write(
    `heap from day 2 on: ${grown === null ? "-" : `${(100 * grown).toFixed(1)} %`}; ${changes} changes, ${events} events, ${requests} requests; problems: ${problems.length}`,
  );
  for (const problem of problems.slice(0, 5)) write(`  ${problem}`);
}

/** Measures the service's loop with the real runner and a store of files, and prints the figures. */
export async function benchService(write: Write, sizes: ServiceSizes): Promise<void> {
  tellLive(write, sizes, await inStore((open) => measureLive(open, sizes)));
  tellWeek(write, sizes, await inStore((open) => simulateWeek(open, sizes.week)));
}
