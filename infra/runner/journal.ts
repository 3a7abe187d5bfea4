import { advance, type Progress, progressOf } from "../change/progress.ts";
import type { ChangeEvent, EventData, EventType } from "../records/events.ts";
import type { RecordStore } from "../records/store.ts";
import type { Reporter } from "../reports/reporter/index.ts";
import type { Clock } from "./clock.ts";

/** The record of one change, kept while it is carried out: what is written is at once durable, shown, and counted. */
export interface Journal {
  readonly change: string;
  progress(): Progress;
  events(): readonly ChangeEvent[];
  /**
   * How far the record's time is ahead of the clock, in milliseconds: time never runs backwards in a record, so that where the clock
   * was set back, what is written next has the time of the event before it. 0 before anything is written here.
   */
  ahead(): number;
  write(type: EventType, step: string | null, data: EventData): Promise<void>;
}

/**
 * Opens a change's journal from its stored events.
 * @throws Refusal (exit 4) from `write` where another runner has written in between
 */
export async function openJournal(
  store: RecordStore,
  change: string,
  clock: Pick<Clock, "now" | "passed">,
  reporter: Reporter,
): Promise<Journal> {
  const events = await store.read(change);
  return journalFrom({ store, change, clock, reporter, events, progress: progressOf(events) });
}

/** What a journal is kept in, and where its change stands: `progress` is what the events say. */
export interface Kept {
  store: Pick<RecordStore, "append">;
  change: string;
  clock: Pick<Clock, "now" | "passed">;
  reporter: Reporter;
  events: ChangeEvent[];
  progress: Progress;
}

/** A journal that goes on from events that were read already. */
export function journalFrom({ store, change, clock, reporter, events, ...kept }: Kept): Journal {
  let { progress } = kept;
  let reached: { at: number; since: number } | null = null;
  const passed = () => clock.passed?.() ?? performance.now();
  const ahead = (): number => {
    if (reached === null) return 0;
    const now = Math.floor(reached.at + passed() - reached.since);
    return Math.max(0, now - clock.now());
  };
  const append = async (type: EventType, step: string | null, data: EventData) => {
    const now = clock.now();
    // The record's time goes on as long as the clock is behind it: else what is due by it never came.
    const at = new Date(now + ahead()).toISOString();
    const event = await store.append(change, progress.seq + 1, { at, step, type, data });
    const taken = Date.parse(event.at);
    reached = taken > now ? { at: taken, since: passed() } : null;
    events.push(event);
    progress = advance(progress, event);
    reporter.event(event);
  };
  // What is counted is looked at beside other work: each event waits for the one before.
  let last: Promise<void> = Promise.resolve();
  return {
    change,
    progress: () => progress,
    events: () => events,
    ahead,
    write(type, step, data) {
      const turn = last.then(() => append(type, step, data));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
