import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../infra/runner/clock.ts";

/** A time that passes only when nothing is at work: whoever sleeps is woken in order. */
export interface VirtualClock extends Clock {
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Counts some work that takes real time, such as reading a file: time stands still until it has ended. */
  working<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Lets time pass until it has come to an instant, and calls back at each whole span of it. */
  run(until: number, every: { span: number; call: (now: number) => Promise<void> }): Promise<void>;
}

export function virtualClock(start: number): VirtualClock {
  let time = start;
  let atWork = 0;
  const sleeping = new Map<number, Set<() => void>>();
  const order: number[] = [];

  const settled = async () => {
    do await turn();
    while (atWork > 0);
  };
  const sleepUntil = async (until: number, signal: AbortSignal) => {
    if (until <= time || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    let at = sleeping.get(until);
    if (at === undefined) {
      at = new Set();
      sleeping.set(until, at);
      push(order, until);
    }
    at.add(wake);
    signal.addEventListener("abort", wake);
    await promise;
    signal.removeEventListener("abort", wake);
    at.delete(wake);
  };
  const never = new AbortController().signal;
  return {
    scale: 1,
    now: () => time,
    sleepUntil,
    wait: (milliseconds, signal = never) => sleepUntil(time + milliseconds, signal),
    async working(work) {
      atWork += 1;
      try {
        return await work();
      } finally {
        atWork -= 1;
      }
    },
    async run(until, { span, call }) {
      for (let next = time + span; ; ) {
        await settled();
        const due = order[0] ?? Number.POSITIVE_INFINITY;
        if (due >= next && next <= until) {
          time = next;
          next += span;
          await call(time);
          continue;
        }
        if (due > until) break;
        pop(order);
        time = due;
        const woken = sleeping.get(due) ?? [];
        sleeping.delete(due);
        for (const wake of woken) wake();
      }
      time = until;
    },
  };
}

/** Adds a number to a binary heap whose least is first. */
function push(heap: number[], value: number): void {
  heap.push(value);
  for (let place = heap.length - 1; place > 0; ) {
    const parent = (place - 1) >> 1;
    if ((heap[parent] ?? value) <= value) return;
    [heap[place], heap[parent]] = [heap[parent] ?? value, value];
    place = parent;
  }
}

/** Takes the least number off such a heap. */
function pop(heap: number[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let place = 0; ; ) {
    const left = 2 * place + 1;
    const least =
      (heap[left + 1] ?? Number.POSITIVE_INFINITY) < (heap[left] ?? Number.POSITIVE_INFINITY) ? left + 1 : left;
    const smaller = heap[least];
    if (smaller === undefined || smaller >= last) return;
    [heap[place], heap[least]] = [smaller, last];
    place = least;
  }
}
