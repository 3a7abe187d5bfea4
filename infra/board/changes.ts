import { Refusal } from "../errors.ts";
import type { ChangeEvent } from "../records/events.ts";
import { checkedId } from "../records/reading.ts";
import { problemIn } from "./kept.ts";
import { type ShownChange, shownChange } from "./pages/change.ts";
import { followRecord } from "./record.ts";
import type { ChangeView } from "./render/change-view.ts";
import type { Renderer } from "./render/renderer.ts";
import type { BoardSource, BoardStack } from "./source.ts";

/** A page is rendered for a quarter of the time at most: a long record's is new less often. */
const REST = 3;
/** How often a page is rendered where nothing but the time has changed, in milliseconds: whether an approval is still awaited is told by it. */
const RENDER_AT_LEAST_EVERY = 60_000;

/** A page as it was rendered last. */
interface RenderedPage {
  view: ChangeView;
  /** tells what it was rendered from */
  of: string;
  /** it isn't rendered anew before, by the clock that only goes forward */
  restUntil: number;
  /** why it couldn't be rendered since; null where it could */
  problem: string | null;
}

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

/** What stands at the top of a page that isn't as new as it should be; null where it is. */
function awayText(unread: string | null, unrendered: string | null): string | null {
  const texts = [
    ...(unread === null ? [] : [`The record can't be read now. This is what was read last: ${unread}`]),
    // A failure of the thread has its stack below it: that is for the log.
    ...(unrendered === null
      ? []
      : [`This page can't be rendered now. This is what was rendered last: ${unrendered.split("\n")[0]}`]),
  ];
  return texts.length === 0 ? null : texts.join(". ");
}

/**
 * A change's page, rendered anew only where its record has grown, or can't be read, or it is time to. Where it can't be rendered, the last one
 * stands and says so; it rejects where there is none yet.
 */
export function followChange(
  { open, name }: BoardStack,
  change: string,
  { renderer, now, tell }: { renderer: Pick<Renderer, "change">; now: () => number; tell: (problem: string) => void },
): () => Promise<ShownChange> {
  const record = followRecord(async () => (await open()).store);
  const render = async (before: RenderedPage | null, events: readonly ChangeEvent[], of: string, at: number) => {
    const began = performance.now();
    try {
      const { view, took } = await renderer.change(`${name}\n${change}`, events, at);
      return { view, of, restUntil: performance.now() + REST * took, problem: null };
    } catch (error) {
      if (before === null) throw error;
      const [problem, ended] = [problemIn(error), performance.now()];
      if (problem !== before.problem) tell(`the page of ${change} on ${name} can't be rendered: ${problem}`);
      return { ...before, restUntil: ended + REST * (ended - began), problem };
    }
  };
  let rendered: RenderedPage | null = null;
  let kept: { shown: ShownChange; view: ChangeView; problem: string | null } | null = null;
  return async () => {
    const { events, problem: unread } = await record.read(change);
    const at = now();
    const of = `${events.length} ${events.at(-1)?.hash} ${Math.floor(at / RENDER_AT_LEAST_EVERY)}`;
    if (rendered === null || (rendered.of !== of && performance.now() >= rendered.restUntil)) {
      rendered = await render(rendered, events, of, at);
    }
    const { view } = rendered;
    const problem = awayText(unread, rendered.problem);
    if (kept === null || kept.view !== view || kept.problem !== problem) {
      kept = { shown: shownChange({ stack: name, change, problem }, view), view, problem };
    }
    return kept.shown;
  };
}
