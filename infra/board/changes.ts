import { Refusal } from "../errors.ts";
import { checkedId } from "../records/reading.ts";
import type { Html } from "../reports/render/markup.ts";
import { turns } from "./kept.ts";
import { type ChangeView, viewChange } from "./pages/change.ts";
import { followRecord } from "./record.ts";
import type { BoardSource, BoardStack } from "./source.ts";

/** How often the plots of an open page are drawn anew at most, in milliseconds: they take the most time of all. */
const PLOTS_EVERY = 5_000;
/** Pages that are rendered at once: the process has canaries to look at. */
const AT_ONCE = 1;

/**
 * The stacks of the source whose store has the change: none, one, or several where stores differ.
 * @param named the stack that is asked for; null: any
 */
export async function findChange({ stacks }: BoardSource, change: string, named: string | null): Promise<BoardStack[]> {
  checkedId(change);
  const asked = stacks.filter(({ name }) => named === null || name === named);
  const found = asked.map(async (stack) => {
    try {
      const { first } = await (await stack.open()).store.ends(change);
      return first.data.stack === stack.name ? [stack] : [];
    } catch (error) {
      // A store that doesn't have it refuses; one that is away may have it.
      if (error instanceof Refusal && named === null) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}

/** A change's page, rendered anew only where its record has grown or it is time to. */
export function followChange({ open, name }: BoardStack, change: string, now: () => number): () => Promise<ChangeView> {
  const record = followRecord(async () => (await open()).store);
  const turn = turns(AT_ONCE);
  let traffic: { html: Html; at: number; seq: number } | null = null;
  let kept: { view: ChangeView; of: string } | null = null;
  return () =>
    turn(async () => {
      const { events, problem } = await record.read(change);
      const seq = events.length;
      const at = now();
      const isFresh = traffic !== null && (traffic.seq === seq || at - traffic.at < PLOTS_EVERY);
      // Whether an approval is still awaited, and whether a form is too old, changes with time alone.
      const of = `${seq} ${problem} ${isFresh} ${Math.floor(at / 60_000)}`;
      if (kept?.of === of) return kept.view;
      const view = await viewChange(
        { stack: name, change, events, problem },
        at,
        isFresh ? (traffic?.html ?? null) : null,
      );
      if (!isFresh) traffic = { html: view.traffic, at, seq };
      kept = { view, of: `${seq} ${problem} true ${Math.floor(at / 60_000)}` };
      return view;
    });
}
