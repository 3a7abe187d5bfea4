import type { ChangeEvent } from "../records/events.ts";
import { problemIn } from "./kept.ts";
import type { ShownStore } from "./source.ts";

/** A record as it was last read, and why it can't be read now where it can't. */
export interface ReadRecord {
  events: ChangeEvent[];
  problem: string | null;
}

/** One record at a time, read again only where its end has moved. */
export interface Followed {
  read(change: string): Promise<ReadRecord>;
}

/** What follows on the events that are known; null where the record isn't the one that was read any more. */
async function grown(store: Reads, change: string, known: readonly ChangeEvent[]): Promise<ChangeEvent[] | null> {
  const [last] = known.slice(-1);
  if (last === undefined) return store.read(change);
  const more = await store.readAfter(change, last.seq);
  const [next] = more;
  return next !== undefined && next.prev !== last.hash ? null : [...known, ...more];
}

type Reads = Pick<ShownStore, "read" | "readAfter">;

/** Follows a change's record in a store: no event is read twice, and the last answer stands while the store is away. */
export function followRecord(open: () => Promise<Reads>): Followed {
  let known: { change: string; events: ChangeEvent[] } | null = null;
  return {
    async read(change) {
      const before = known?.change === change ? known.events : [];
      try {
        const store = await open();
        const events = (await grown(store, change, before)) ?? (await store.read(change));
        known = { change, events: events.length === before.length ? before : events };
        return { events: known.events, problem: null };
      } catch (error) {
        return { events: before, problem: problemIn(error) };
      }
    },
  };
}
