import { randomUUID } from "node:crypto";
import { type Desired, type ReleaseState, stateHash } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { CallOff } from "../../infra/records/call-off.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { changeId, headAfter, NO_HEAD, seal } from "../../infra/records/events.ts";
import { outlineOf } from "../../infra/records/outline.ts";
import { eventsOf } from "../../infra/records/reading.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import type { Reporter } from "../../infra/reports/reporter/index.ts";
import type { Stack } from "../../infra/stack/stack.ts";

/** Stands for kill -9: whatever the runner was doing ends here. */
export class Killed extends Error {}

/** Answers "which way now?" from a tape; beyond its end always the first way. Keeps how many ways there were. */
export interface Tape {
  choose(ways: number): number;
  readonly taken: { ways: number; way: number }[];
}

export function tape(choices: readonly number[]): Tape {
  const taken: { ways: number; way: number }[] = [];
  return {
    taken,
    choose(ways) {
      const way = choices[taken.length] ?? 0;
      taken.push({ ways, way });
      return way;
    },
  };
}

/** A record store in memory; with a tape its writers are killed before or after a write. */
export function memoryStore(way: Tape | null = null): RecordStore & { records: Map<string, ChangeEvent[]> } {
  const records = new Map<string, ChangeEvent[]>();
  const callOffs = new Map<string, CallOff>();
  const news = new Map<string, string>();
  const append: RecordStore["append"] = async (change, seq, draft) => {
    const events = records.get(change) ?? [];
    const last = events.at(-1);
    if ((last?.seq ?? 0) + 1 !== seq) throw new Refusal({ exit: EXIT.busy, problems: [`event ${seq} exists`] });
    const event = seal(change, last === undefined ? NO_HEAD : headAfter(last, 0), draft);
    const chosen = seq === 1 ? 0 : (way?.choose(3) ?? 0);
    if (chosen === 1) throw new Killed("before the write");
    records.set(change, [...events, event]);
    if (chosen === 2) throw new Killed("after the write");
    return event;
  };
  return {
    records,
    url: "memory://",
    check: async () => undefined,
    list: async () => [...records.keys()],
    ofStack: async (stack) => [...records].flatMap(([id, [first]]) => (first?.data.stack === stack ? [id] : [])),
    read: async (change) => [...(records.get(change) ?? [])],
    outline: async (change) =>
      eventsOf(change, outlineOf((records.get(change) ?? []).map((event) => JSON.stringify(event)))),
    readAfter: async (change, seq) => (records.get(change) ?? []).slice(seq),
    async ends(change) {
      const events = records.get(change) ?? [];
      const [first, last] = [events[0], events.at(-1)];
      if (first === undefined || last === undefined) throw new Refusal({ exit: EXIT.refused, problems: [change] });
      return { first, last };
    },
    verify: async () => [],
    async open(_stack, at, data) {
      const change = changeId(at, records.size + 1);
      await append(change, 1, { at: at.toISOString(), step: null, type: "opened", data });
      return change;
    },
    append,
    putPage: async (change, name) => `memory://${change}/${name}`,
    putIndex: async () => "memory://index.html",
    location: async (change) => `memory://${change}`,
    askToCallOff: async (change, asked) => void callOffs.set(change, callOffs.get(change) ?? asked),
    askedToCallOff: async (change) => callOffs.get(change) ?? null,
    markNews: async (stack) => void news.set(stack, randomUUID()),
    newsMark: async (stack) => news.get(stack) ?? null,
    lease: async () => ({ held: true, release: async () => undefined }),
  };
}

/** A stack in memory whose updates succeed, fail, or are killed before or after they have landed. */
export function memoryStack(first: ReleaseState, way: Tape, watch: (state: ReleaseState) => void): Stack {
  let state = first;
  return {
    name: "staging",
    credentials: async () => ({ SUPABASE_KEY: {}, SESSION_SECRET: {}, AFM_KEY: {}, REDIS_URL: {} }),
    exported: async () => "{}",
    encrypt: async () => "v1:ciphertext",
    state: async () => state,
    async preview(desired) {
      if (desired.from !== stateHash(state))
        return { kind: "moved", problems: ["the stack was changed outside this change"] };
      return { kind: "done", seconds: 0, changes: {} };
    },
    async update(desired: Desired) {
      if (desired.from !== stateHash(state))
        return { kind: "moved", problems: ["the stack was changed outside this change"] };
      const chosen = way.choose(4);
      if (chosen === 1) return { kind: "failed", problems: ["the engine said no"] };
      if (chosen === 2) throw new Killed("before the update");
      state = desired.to;
      watch(state);
      if (chosen === 3) throw new Killed("after the update");
      return { kind: "done", seconds: 0, changes: {} };
    },
    awaitEngine: async () => "gone",
    breakOwnLock: async () => "not ours",
    resources: async () => [],
    pending: async () => ({ root: null, adopted: [], unknown: [] }),
    clearPending: async () => undefined,
    readHalfway: async () => ({ kind: "done", seconds: 0, changes: {} }),
  };
}

export const silent: Reporter = {
  event: () => undefined,
  tick: () => undefined,
  problems: () => undefined,
  result: () => undefined,
};
