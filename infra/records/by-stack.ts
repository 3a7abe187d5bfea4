import { inBatches } from "../domain/batches.ts";
import { byAge, type ChangeEvent } from "./events.ts";

/** The folder of a store's index: an empty object for each change, `.stacks/STACK/CHANGE`. */
export const BY_STACK = ".stacks";

/** Records whose first event is read at once. */
const AT_ONCE = 16;

/** What a store tells of its changes and of the index beside them. */
export interface Indexed {
  /** the ids of all changes */
  changes: readonly string[];
  /** the index's entries, `STACK/CHANGE` */
  entries: readonly string[];
  /** a change's first event; null where it has none */
  first(change: string): Promise<ChangeEvent | null>;
  /** adds an entry to the index; adding it twice is no error */
  add(entry: string): Promise<void>;
}

/** The index's entry of a change (pure). */
export function entryOf(stack: string, change: string): string {
  return `${encodeURIComponent(stack)}/${change}`;
}

/** The changes that an entry of the index names (pure). */
export function changesIn(entries: readonly string[]): Set<string> {
  return new Set(entries.map((entry) => entry.slice(entry.lastIndexOf("/") + 1)));
}

/**
 * Adds an entry where that can be done. The index only saves reading: what it lacks is found by the record's first event, so
 * that a reader without the right to write, or a writer that was killed before this, hides nothing.
 */
export async function addIfPossible(add: Indexed["add"], stack: string, change: string): Promise<void> {
  await add(entryOf(stack, change)).catch(() => undefined);
}

/**
 * The ids of a stack's changes, the oldest first. What the index doesn't have, such as a record of an earlier version, is
 * looked up in the record and added.
 */
export async function changesOf(stack: string, { changes, entries, first, add }: Indexed): Promise<string[]> {
  const known = new Set(entries);
  const anywhere = changesIn(entries);
  const own = changes.filter((change) => known.has(entryOf(stack, change)));
  const missing = changes.filter((change) => !anywhere.has(change));
  const looked = await inBatches(missing, AT_ONCE, async (change) => {
    const of = (await first(change))?.data.stack;
    if (typeof of !== "string") return [];
    await addIfPossible(add, of, change);
    return of === stack ? [change] : [];
  });
  return [...own, ...looked.flat()].sort(byAge);
}
