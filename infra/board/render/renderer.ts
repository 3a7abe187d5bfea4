import { Worker } from "node:worker_threads";
import type { ChangeEvent } from "../../records/events.ts";
import type { PlotOptions } from "../../reports/render/plot-option.ts";
import type { Plot } from "../../reports/render/svg.ts";
import type { Numbered, Outcome, Rendered, Task } from "./tasks.ts";

/** Renders pages in a thread of its own; the runner's has canaries to look at. */
export interface Renderer {
  /** @param key names the record; what was sent of it before isn't sent again */
  change(key: string, events: readonly ChangeEvent[], now: number): Promise<Rendered>;
  plots(plots: readonly PlotOptions[]): Promise<Plot[]>;
  close(): Promise<void>;
}

interface Thread {
  worker: Worker;
  /** how many events of each record it was sent */
  sent: Map<string, number>;
  waiting: Map<number, { done: (outcome: Outcome) => void; failed: (error: Error) => void }>;
}

function startThread(gone: (thread: Thread) => void): Thread {
  const worker = new Worker(new URL("./thread.ts", import.meta.url));
  // It keeps no process that has nothing else to do.
  worker.unref();
  const thread: Thread = { worker, sent: new Map(), waiting: new Map() };
  const end = (error: Error) => {
    gone(thread);
    for (const { failed } of thread.waiting.values()) failed(error);
    thread.waiting.clear();
  };
  worker.on("message", ({ number, message }: Numbered<Outcome>) => {
    thread.waiting.get(number)?.done(message);
    thread.waiting.delete(number);
  });
  worker.on("error", end);
  worker.on("exit", (code) => end(new Error(`the thread that renders has ended (${code})`)));
  return thread;
}

/** Opens a renderer; its thread is started by the first page, and again where it has died. */
export function openRenderer(): Renderer {
  let running: Thread | null = null;
  let number = 0;
  const current = (): Thread => {
    running ??= startThread((ended) => {
      if (running === ended) running = null;
    });
    return running;
  };
  const ask = async (thread: Thread, message: Task): Promise<Outcome> => {
    // It would never answer.
    if (thread !== running) throw new Error("the thread that renders has ended");
    number += 1;
    const own = number;
    thread.worker.postMessage({ number: own, message } satisfies Numbered<Task>);
    const outcome = await new Promise<Outcome>((done, failed) => thread.waiting.set(own, { done, failed }));
    if (outcome.kind === "failed") throw new Error(outcome.problem);
    return outcome;
  };
  return {
    async change(key, events, now) {
      const thread = current();
      const known = thread.sent.get(key) ?? 0;
      // A record that is shorter than it was is another one now.
      const after = known <= events.length ? known : 0;
      thread.sent.set(key, events.length);
      const first = await ask(thread, { kind: "change", key, after, events: events.slice(after), now });
      const outcome =
        first.kind === "unknown" ? await ask(thread, { kind: "change", key, after: 0, events, now }) : first;
      if (outcome.kind !== "change") throw new Error(`${key} wasn't rendered: ${outcome.kind}`);
      return outcome;
    },
    async plots(plots) {
      const outcome = await ask(current(), { kind: "plots", plots });
      return outcome.kind === "plots" ? outcome.plots : [];
    },
    async close() {
      await running?.worker.terminate();
      running = null;
    },
  };
}
