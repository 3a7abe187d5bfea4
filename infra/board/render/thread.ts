/** The thread that renders: what takes long here holds up no look at a canary. */
import { parentPort } from "node:worker_threads";
import type { ChangeEvent } from "../../records/events.ts";
import { drawAll } from "../../reports/render/svg.ts";
import { type DrawnTraffic, viewChange } from "./change-view.ts";
import type { Numbered, Outcome, Task } from "./tasks.ts";

/** Records that are kept, so that only what is new of them is sent. */
const MOST = 50;

const kept = new Map<string, { events: readonly ChangeEvent[]; drawn: DrawnTraffic | null }>();

async function change({ key, after, events, now }: Extract<Task, { kind: "change" }>): Promise<Outcome> {
  const before = after === 0 ? { events: [], drawn: null } : kept.get(key);
  if (before === undefined || before.events.length !== after) return { kind: "unknown" };
  const began = performance.now();
  const all = [...before.events, ...events];
  const { view, drawn } = await viewChange(all, now, before.drawn);
  kept.delete(key);
  kept.set(key, { events: all, drawn });
  const [oldest] = kept.keys();
  if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
  return { kind: "change", view, took: performance.now() - began };
}

async function outcomeOf(task: Task): Promise<Outcome> {
  try {
    return task.kind === "change" ? await change(task) : { kind: "plots", plots: await drawAll(task.plots) };
  } catch (error) {
    return { kind: "failed", problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// One after the other: two of one record would overtake each other.
let turn = Promise.resolve();
parentPort?.on("message", ({ number, message }: Numbered<Task>) => {
  turn = turn.then(async () => parentPort?.postMessage({ number, message: await outcomeOf(message) }));
});
