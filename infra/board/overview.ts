import type { ChangeEvent } from "../records/events.ts";
import type { Standing } from "../runner/status.ts";
import { type Keeper, type Kept, keeper, turns } from "./kept.ts";
import { type Followed, followRecord } from "./record.ts";
import type { BoardSource, BoardStack, Carrier } from "./source.ts";
import { cardOf, type StackCard } from "./stack-card.ts";

/** How old what is known of a stack may become while somebody looks, in milliseconds: the engine is asked for it, which takes a second of a processor. */
const STANDING_AGE = 20_000;
const CARRIER_AGE = 2_000;
/** Stacks that the engine is asked for at once. */
const AT_ONCE = 2;

/** How the stacks stand, kept for all who look. */
export interface Overview {
  /** What is known now; what is old is read anew beside it. */
  cards(): Promise<StackCard[]>;
  /** The same of each stack's status. */
  standings(): { stack: BoardStack; standing: Kept<Standing> }[];
  /** Waits until every reading under way has ended, or the milliseconds are over. */
  settled(most: number): Promise<void>;
}

interface Watched {
  stack: BoardStack;
  standing: Keeper<Standing>;
  carrier: Keeper<Carrier | null>;
  record: Followed;
}

/** Opens the stacks of a source; nothing is read before somebody looks. */
export function openOverview({ stacks, now }: BoardSource): Overview {
  const turn = turns(AT_ONCE);
  const watched: Watched[] = stacks.map((stack) => ({
    stack,
    standing: keeper(() => turn(() => stack.standing()), { maxAge: STANDING_AGE, now }),
    carrier: keeper(() => stack.carrier(), { maxAge: CARRIER_AGE, now }),
    record: followRecord(stack.store),
  }));
  const card = async ({ stack, standing, carrier, record }: Watched): Promise<StackCard> => {
    const known = standing.glance();
    const change = known.value?.status.change?.id ?? null;
    const read = change === null ? { events: [] as ChangeEvent[], problem: null } : await record.read(change);
    const facts = { stack, standing: known, events: read.events, carrier: carrier.glance(), now: now() };
    const made = cardOf(facts);
    return read.problem === null ? made : { ...made, problems: [...new Set([...made.problems, read.problem])] };
  };
  return {
    cards: () => Promise.all(watched.map(card)),
    standings: () => watched.map(({ stack, standing }) => ({ stack, standing: standing.glance() })),
    async settled(most) {
      const all = Promise.all(watched.flatMap(({ standing, carrier }) => [standing.settled(), carrier.settled()]));
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, most);
      await Promise.race([all, promise]);
      clearTimeout(timer);
    },
  };
}
