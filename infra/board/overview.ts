import type { RunningService } from "../runner/running-service.ts";
import type { Standing } from "../runner/status.ts";
import { type Keeper, type Kept, keeper, turns } from "./kept.ts";
import { type Followed, followRecord } from "./record.ts";
import type { BoardSource, ShownSettings } from "./source.ts";
import { cardOf, type StackCard } from "./stack-card.ts";

/** How old what is known of a stack may become while somebody looks, in milliseconds: the engine is asked for it, which takes a second of a processor. */
const STANDING_AGE = 20_000;
const SERVICE_AGE = 2_000;
/** Stacks that the engine is asked for at once. */
const AT_ONCE = 2;

/** A stack as it was last read. */
export interface Seen {
  settings: ShownSettings;
  standing: Standing;
}

/** How the stacks stand, kept for all who look. */
export interface Overview {
  /** What is known now; what is old is read anew beside it. */
  cards(): Promise<StackCard[]>;
  /** The same without the records, by the stacks' names. */
  seen(): { name: string; seen: Kept<Seen> }[];
  /** Waits until every reading under way has ended, or the milliseconds are over. */
  settled(most: number): Promise<void>;
}

interface Watched {
  name: string;
  seen: Keeper<Seen>;
  service: Keeper<RunningService | null>;
  record: Followed;
}

/** Opens the stacks of a source; nothing is read before somebody looks. */
export function openOverview({ stacks, now }: BoardSource): Overview {
  const turn = turns(AT_ONCE);
  const watched: Watched[] = stacks.map((stack) => ({
    name: stack.name,
    seen: keeper(
      () =>
        turn(async () => {
          const { settings, standing } = await stack.open();
          return { settings, standing: await standing() };
        }),
      { maxAge: STANDING_AGE, now },
    ),
    service: keeper(() => stack.service(), { maxAge: SERVICE_AGE, now }),
    record: followRecord(async () => (await stack.open()).store),
  }));
  const card = async ({ name, seen, service, record }: Watched): Promise<StackCard> => {
    const known = seen.glance();
    const change = known.value?.standing.status.change?.id ?? null;
    const read = change === null ? { events: [], problem: null } : await record.read(change);
    const facts = { name, seen: known, events: read.events, service: service.glance(), now: now() };
    const made = cardOf(facts);
    return read.problem === null ? made : { ...made, problems: [...new Set([...made.problems, read.problem])] };
  };
  return {
    cards: () => Promise.all(watched.map(card)),
    seen: () => watched.map(({ name, seen }) => ({ name, seen: seen.glance() })),
    async settled(most) {
      const all = Promise.all(watched.flatMap(({ seen, service }) => [seen.settled(), service.settled()]));
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, most);
      await Promise.race([all, promise]);
      clearTimeout(timer);
    },
  };
}
