import { setTimeout as delay } from "node:timers/promises";
import { createLogUpdate } from "log-update";
import picocolors from "picocolors";
import type { ChangeEvent } from "../records/events.ts";
import { describe } from "../reports/render/describe.ts";
import { dataOf } from "../reports/render/event-data.ts";
import { timelineOf } from "../reports/render/view.ts";
import type { OutputStream } from "../reports/reporter/index.ts";
import { ascii } from "../reports/reporter/plain.ts";
import type { Standing, Status } from "../runner/status.ts";
import { watchFrame } from "./watch-frame.ts";

/** What is watched: the stack as it is, and a change's events. */
export interface WatchSource {
  standing(): Promise<Standing>;
  events(change: string): Promise<ChangeEvent[]>;
}

/** Shows a stack as it goes on. */
export interface Watcher {
  show(standing: Standing, events: readonly ChangeEvent[]): void;
  /** Leaves the last picture on the screen. */
  end(): void;
}

/** Milliseconds between two looks at the stack, and between two pictures of its countdown. */
const LOOK_EVERY = 2_000;
const DRAW_EVERY = 500;
const NARROWEST = 50;
const USUAL_COLUMNS = 100;

/** A picture that is redrawn in place. */
export function liveWatcher(stdout: OutputStream): Watcher {
  const colors = picocolors.createColors(picocolors.isColorSupported);
  const screen = createLogUpdate(stdout);
  let draw = () => undefined;
  const timer = setInterval(() => draw(), DRAW_EVERY).unref();
  return {
    show(standing, events) {
      draw = () => {
        const columns = Math.max(NARROWEST, (stdout.columns ?? USUAL_COLUMNS) - 1);
        screen(watchFrame({ ...standing, events, now: Date.now() }, { columns, colors }));
      };
      draw();
    },
    end() {
      clearInterval(timer);
      screen.done();
    },
  };
}

function weightsLine({ releases, change }: Status): string {
  const weights = releases.map(
    ({ version, weight, ready, desired }) => `${version} ${weight} % (${ready}/${desired} ready)`,
  );
  const what = change === null ? "no change under way" : `${change.id} ${change.step ?? "-"} ${change.state}`;
  return `${weights.join(", ")}; ${what}`;
}

/** A line for each new event, and one for the stack where it has changed: for logs, pipes and CI. */
export function plainWatcher(stdout: OutputStream): Watcher {
  let shown = { change: "", seq: 0 };
  let toldWeights = "";
  return {
    show({ status }, events) {
      const change = events[0]?.change ?? "";
      const from = change === shown.change ? shown.seq : 0;
      for (const { seq, at, step, type } of timelineOf(events).filter((row) => row.seq > from)) {
        const event = events.find((one) => one.seq === seq);
        const text = event === undefined ? "" : describe(event);
        stdout.write(`${ascii(`${at} ${change} ${step ?? "-"} ${type} ${text}`)}\n`);
      }
      shown = { change, seq: events.at(-1)?.seq ?? 0 };
      const now = weightsLine(status);
      if (now !== toldWeights) stdout.write(`${ascii(`${new Date().toISOString()} ${status.stack} ${now}`)}\n`);
      toldWeights = now;
    },
    end() {},
  };
}

/** One JSON document a look, where anything in it has changed. */
export function jsonWatcher(stdout: OutputStream): Watcher {
  let last = "";
  return {
    show({ status }) {
      const text = JSON.stringify(status);
      if (text !== last) stdout.write(`${text}\n`);
      last = text;
    },
    end() {},
  };
}

/**
 * Follows a stack until its change has ended, or until the signal. Where no change is under way, it waits for one.
 * @returns the exit code that the change was closed with; null where it was left before
 */
export async function watch(source: WatchSource, watcher: Watcher, signal: AbortSignal): Promise<number | null> {
  let followed: string | null = null;
  try {
    while (!signal.aborted) {
      const standing = await source.standing();
      followed = standing.status.change?.id ?? followed;
      const events = followed === null ? [] : await source.events(followed);
      watcher.show(standing, events);
      const closed = events.flatMap((event) => dataOf("closed", event) ?? []).at(-1);
      if (closed !== undefined) return closed.exit;
      await delay(LOOK_EVERY, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    return null;
  } finally {
    watcher.end();
  }
}
