import { Refusal } from "../errors.ts";
import { checkedId } from "../records/reading.ts";
import { type ShownChange, shownChange } from "./pages/change.ts";
import { followRecord } from "./record.ts";
import type { ChangeView } from "./render/change-view.ts";
import type { Renderer } from "./render/renderer.ts";
import type { BoardSource, BoardStack } from "./source.ts";

/** A page is rendered for a quarter of the time at most: a long record's is new less often. */
const REST = 3;
/** How often a page is rendered where nothing but the time has changed, in milliseconds: whether an approval is still awaited is told by it. */
const ANYWAY = 60_000;

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

/** A change's page, rendered anew only where its record has grown, or can't be read, or it is time to. */
export function followChange(
  { open, name }: BoardStack,
  change: string,
  { renderer, now }: { renderer: Renderer; now: () => number },
): () => Promise<ShownChange> {
  const record = followRecord(async () => (await open()).store);
  let rendered: { view: ChangeView; of: string; restUntil: number } | null = null;
  let kept: { shown: ShownChange; view: ChangeView; problem: string | null } | null = null;
  return async () => {
    const { events, problem } = await record.read(change);
    const at = now();
    const of = `${events.length} ${events.at(-1)?.hash} ${Math.floor(at / ANYWAY)}`;
    if (rendered === null || (rendered.of !== of && performance.now() >= rendered.restUntil)) {
      const { view, took } = await renderer.change(`${name}\n${change}`, events, at);
      rendered = { view, of, restUntil: performance.now() + REST * took };
    }
    const { view } = rendered;
    if (kept === null || kept.view !== view || kept.problem !== problem) {
      kept = { shown: shownChange({ stack: name, change, problem }, view), view, problem };
    }
    return kept.shown;
  };
}
