import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { RecordStore } from "../../../infra/records/store.ts";
import { writePages } from "../../../infra/reports/pages.ts";
import { systemClock } from "../../../infra/runner/clock.ts";
import { noFigures } from "../../../infra/service/figures.ts";
import { serviceReporter } from "../../../infra/service/reporter.ts";
import { runStack } from "../../../infra/service/run-stack.ts";
import { type Asked, countedStore, nothingAsked } from "./counted-store.ts";
import { errorsInto } from "./errors-into.ts";
import { simulatedStack, type Watch } from "./stack.ts";

/** What a service was measured at, by the clock on the wall. */
export interface LiveFigures {
  seconds: number;
  /** how late each look at the gates began, and each look at a stack's mark, in milliseconds */
  lateLooks: number[];
  lateMarks: number[];
  /** how long the process was kept from its timers at the 99th percentile, in milliseconds */
  loopDelay: number;
  /** CPU seconds of the process for each second */
  cpu: number;
  asked: Asked;
  /** events that were written by the changes that were under way */
  events: number;
  problems: string[];
}

/** How much is measured, and how the canaries are watched. */
export interface LiveSizes {
  stacks: number;
  canaries: number;
  seconds: number;
  watch: Watch;
}

/** Runs a service on so many stacks for a while, with canaries under way on the first of them. */
export async function measureLive(
  open: () => RecordStore,
  { stacks, canaries, seconds, watch }: LiveSizes,
): Promise<LiveFigures> {
  const clock = systemClock(1);
  const [asked, end] = [nothingAsked(), new AbortController()];
  const [lateLooks, lateMarks]: [number[], number[]] = [[], []];
  const problems: string[] = [];
  let events = 0;
  const all = Array.from({ length: stacks }, (_, place) => {
    const name = `stack-${String(place).padStart(3, "0")}`;
    const figures = noFigures();
    const log = errorsInto(problems, name);
    const reporter = serviceReporter(name, { log, figures });
    const store = countedStore(open(), asked);
    const simulated = simulatedStack(name, watch, {
      clock,
      wait: (milliseconds) => delay(milliseconds),
      store,
      reporter: {
        ...reporter,
        event(event) {
          events += 1;
          reporter.event(event);
        },
      },
      lookedAt: (due, at) => void lateLooks.push(at - due),
      writePages: async (change, written) => void (await writePages(store, change, written)),
    });
    return { ...simulated, figures, log };
  });
  // Canaries of one team don't begin in the same second.
  for (const one of all.slice(0, canaries)) await one.open();
  Object.assign(asked, nothingAsked());
  events = 0;
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const running = all.map(async ({ name, session, figures, log }) => {
    await delay(Math.random() * 1_000);
    const pause = async (milliseconds: number, signal: AbortSignal) => {
      const due = performance.now() + milliseconds;
      await delay(milliseconds, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) lateMarks.push(performance.now() - due);
    };
    await runStack({ stack: name, open: async () => session, figures, log, pause }, end.signal);
  });
  await delay(seconds * 1_000);
  const measured = (performance.now() - began) / 1_000;
  const used = process.cpuUsage(cpu);
  const counted = { ...asked };
  loop.disable();
  end.abort();
  await Promise.all(running);
  return {
    seconds: measured,
    lateLooks,
    lateMarks,
    loopDelay: loop.percentile(99) / 1e6,
    cpu: (used.user + used.system) / 1e6 / measured,
    asked: counted,
    events,
    problems,
  };
}
