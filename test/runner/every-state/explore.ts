import { isOneWay } from "../../../infra/change/decide.ts";
import { NOT_BEGUN } from "../../../infra/change/progress.ts";
import type { ReleaseState } from "../../../infra/domain/releases.ts";
import { UNKNOWN } from "../../../infra/runbooks/incident/situation.ts";
import { keyOf, type Node } from "./node.ts";
import { type Course, type Visited, visit } from "./visit.ts";

const CHANGE = "CHG-2026-11-22-001";
/** A while without trouble: more effects than any one action of the runner has. */
const FAR = 10;

/** A state and where the ways lead on from it, by the others' keys. */
export interface Explored {
  node: Node;
  /** every way that a runner's next effect can go */
  onwards: string[];
  /** how far a runner comes that meets no trouble for a while */
  straight: string;
  /** the same after the change was called off; null where it can't be any more */
  aborted: string | null;
}

/** Every way that the next effect can go: each choice on the way to it is taken each way. */
async function everyWay(course: Course, node: Node): Promise<Visited[]> {
  const found: Visited[] = [];
  const turn = async (choices: readonly number[]): Promise<void> => {
    const visited = await visit({ ...course, change: CHANGE, node, choices, effects: 1, onwards: "resume" });
    found.push(visited);
    for (const [place, { ways }] of visited.taken.entries()) {
      if (place < choices.length) continue;
      const before = visited.taken.slice(0, place).map(({ way }) => way);
      for (let way = 1; way < ways; way += 1) await turn([...before, way]);
    }
  };
  await turn([]);
  return found;
}

/**
 * Every state that a change can be in, whatever fails, holds or is killed, however often, and whoever resumes it besides: from
 * each state each way of the next effect, and what a second runner's effect does that was decided there and comes after it.
 * @param check is told of each state once
 */
export async function exploreEveryState(
  course: Course,
  base: ReleaseState,
  check: (node: Node) => void,
): Promise<Map<string, Explored>> {
  const { plan } = course;
  const time = Date.parse("2026-11-22T12:00:00Z");
  const explored = new Map<string, Explored>();
  const first: Node = {
    events: [],
    progress: NOT_BEGUN,
    situation: UNKNOWN,
    state: base,
    outside: new Set(),
    ready: new Set(base.releases.map(({ id }) => id)),
    time,
  };
  const waiting = new Map([[keyOf(plan, first), first]]);
  const reach = (node: Node): string => {
    const key = keyOf(plan, node);
    if (!explored.has(key) && !waiting.has(key)) waiting.set(key, node);
    return key;
  };
  for (const [key, node] of waiting) {
    waiting.delete(key);
    const { progress } = node;
    check(node);
    const ways = await everyWay(course, node);
    const abort = progress.failure === null && progress.closed === null && !isOneWay(plan, progress);
    const far = { ...course, change: CHANGE, node, choices: [], effects: FAR };
    const called = abort ? await visit({ ...far, onwards: "abort" }) : null;
    const { next: straight } = await visit({ ...far, onwards: "resume" });
    explored.set(key, {
      node,
      onwards: ways.map(({ next }) => reach(next)),
      straight: reach(straight),
      aborted: called === null ? null : reach(called.next),
    });
    const others = new Map(ways.map(({ next }) => [keyOf(plan, next), next]));
    others.delete(key);
    for (const overtaken of others.values()) {
      const late = await visit({
        ...course,
        change: CHANGE,
        node,
        choices: [],
        effects: 1,
        onwards: "resume",
        overtaken,
      });
      if (late.next !== overtaken) reach(late.next);
    }
  }
  return explored;
}

/**
 * Where a state leads without any more trouble.
 * @returns the key of the closed change, or null where the way never ends
 */
export function endOf(explored: ReadonlyMap<string, Explored>, from: string): string | null {
  const passed = new Set<string>();
  for (let key = from; !passed.has(key); ) {
    passed.add(key);
    const found = explored.get(key);
    if (found === undefined) return null;
    if (found.node.progress.closed !== null) return key;
    key = found.straight;
  }
  return null;
}
