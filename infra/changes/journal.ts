import type { Clock } from "./clock.ts";
import { advance, type Progress, progressOf } from "./progress.ts";
import type { ChangeEvent, EventData } from "./record/events.ts";
import type { RecordStore } from "./record/store.ts";
import type { Reporter } from "./reporter/index.ts";

/** The record of one change, kept while it is carried out: what is written is at once durable, shown, and counted. */
export interface Journal {
  readonly change: string;
  progress(): Progress;
  events(): readonly ChangeEvent[];
  write(type: string, step: string | null, data: EventData): Promise<void>;
}

/**
 * Opens a change's journal from its stored events.
 * @throws Refusal (exit 4) from `write` where another runner has written in between
 */
export async function openJournal(
  store: RecordStore,
  change: string,
  clock: Pick<Clock, "now">,
  reporter: Reporter,
): Promise<Journal> {
  const events = await store.read(change);
  let progress = progressOf(events);
  return {
    change,
    progress: () => progress,
    events: () => events,
    async write(type, step, data) {
      const event = await store.append(change, progress.seq + 1, {
        at: new Date(clock.now()).toISOString(),
        step,
        type,
        data,
      });
      events.push(event);
      progress = advance(progress, event);
      reporter.event(event);
    },
  };
}
