import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RecordStore } from "../../../infra/records/store.ts";
import { writePages } from "../../../infra/reports/pages.ts";
import { noFigures } from "../../../infra/service/figures.ts";
import { serviceReporter } from "../../../infra/service/reporter.ts";
import { runStack } from "../../../infra/service/run-stack.ts";
import { type Asked, countedStore, nothingAsked } from "./counted-store.ts";
import { errorsInto } from "./errors-into.ts";
import { simulatedStack, type Watch } from "./stack.ts";
import { virtualClock } from "./virtual-clock.ts";

const DAY = 86_400_000;

/** What a service was found at while simulated days went by. */
export interface WeekFigures {
  /** the heap after each day, in MiB, after garbage was collected */
  heap: number[];
  changes: number;
  events: number;
  asked: Asked;
  problems: string[];
}

/** How often gates look in the simulated week: each look is written to the disk, and time passes no faster than that. */
const WATCH: Watch = { interval: 900_000, stepFor: 1_800_000, lastCheck: DAY };

/** Answers for the mark of news without the disk while nobody in this process, which alone writes here, has made another. */
function withKnownMarks(store: RecordStore): RecordStore {
  const known = new Map<string, string | null>();
  return {
    ...store,
    async newsMark(stack) {
      const before = known.get(stack);
      if (before !== undefined) return before;
      const mark = await store.newsMark(stack);
      known.set(stack, mark);
      return mark;
    },
    async markNews(stack) {
      await store.markNews(stack);
      known.delete(stack);
    },
    async open(stack, at, data) {
      const change = await store.open(stack, at, data);
      known.delete(stack);
      return change;
    },
  };
}

/** Collects garbage at once, which Node does for nobody who hasn't asked to be let. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return () => void (typeof collect === "function" && collect());
}

/** Runs a service for simulated days, with a canary under way on each of so many stacks all the time, and others that rest. */
export async function simulateWeek(
  open: () => RecordStore,
  { busy, resting, days }: { busy: number; resting: number; days: number },
): Promise<WeekFigures> {
  const clock = virtualClock(Date.parse("2026-11-22T00:00:00Z"));
  const [asked, end] = [nothingAsked(), new AbortController()];
  const problems: string[] = [];
  let [changes, events] = [0, 0];
  const stacks = Array.from({ length: busy + resting }, (_, place) => {
    const name = `stack-${String(place).padStart(3, "0")}`;
    const figures = noFigures();
    const log = errorsInto(problems, name);
    const reporter = serviceReporter(name, { log, figures });
    const store = countedStore(withKnownMarks(open()), asked, clock.working);
    const simulated = simulatedStack(name, WATCH, {
      clock,
      wait: (milliseconds) => clock.wait(milliseconds),
      store,
      reporter: {
        ...reporter,
        event(event) {
          events += 1;
          reporter.event(event);
        },
      },
      lookedAt: () => undefined,
      writePages: (change, written) => clock.working(async () => void (await writePages(store, change, written))),
    });
    return { ...simulated, figures, log, isBusy: place < busy };
  });
  const opens = async (stack: (typeof stacks)[number]) => {
    changes += 1;
    await clock.working(() => stack.open());
  };
  for (const stack of stacks.filter(({ isBusy }) => isBusy)) await opens(stack);
  const running = stacks.map(async (stack, place) => {
    const { name, session, figures, log, isBusy } = stack;
    // A replica's loops don't all look in the same millisecond.
    await clock.wait(Math.floor((place * 1_000) / stacks.length));
    const onEnded = () => void (isBusy && !end.signal.aborted && opens(stack));
    const pause = (milliseconds: number, signal: AbortSignal) => clock.wait(milliseconds, signal);
    await runStack(
      { stack: name, open: async () => session, figures, log, onEnded, now: clock.now, pause },
      end.signal,
    );
  });
  const heap: number[] = [];
  const collect = garbageCollector();
  const weigh = async () => {
    collect();
    heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  };
  await clock.run(clock.now() + days * DAY, { span: DAY, call: weigh });
  end.abort();
  await Promise.all(running);
  return { heap, changes, events, asked, problems };
}
