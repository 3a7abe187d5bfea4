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

/** Follows a change's record in a store; the last answer stands while the store is away. */
export function followRecord(open: () => Promise<Pick<ShownStore, "ends" | "read">>): Followed {
  let known: { change: string; events: ChangeEvent[] } | null = null;
  return {
    async read(change) {
      const before = known?.change === change ? known.events : [];
      try {
        const store = await open();
        const { last } = await store.ends(change);
        if (before.at(-1)?.hash === last.hash) return { events: before, problem: null };
        const events = await store.read(change);
        known = { change, events };
        return { events, problem: null };
      } catch (error) {
        return { events: before, problem: problemIn(error) };
      }
    },
  };
}
