import type { RecordStore } from "../records/store.ts";
import { openCourses } from "../reports/course.ts";
import { type Dora, doraOf } from "../reports/dora.ts";

const DAY = 86_400_000;
/** The span of the figures, how many of the newest changes are read for them, and for how long they are kept, in milliseconds. */
const SPAN = 30 * DAY;
const MOST = 500;
const KEPT_FOR = 60_000;

/**
 * Reads DORA's figures of a stack from its records, at most once a minute; what has ended is read once.
 * @param stacks the stacks whose changes tell of the same releases, this one among them
 */
export function doraReader(
  store: RecordStore,
  stack: string,
  stacks: readonly string[],
): (now: number) => Promise<Dora> {
  const courses = openCourses(store, MOST);
  let kept: { at: number; dora: Promise<Dora> } | null = null;
  return (now) => {
    if (kept !== null && Math.abs(now - kept.at) < KEPT_FOR) return kept.dora;
    const read = Promise.all(stacks.map((one) => courses.read(one)));
    kept = { at: now, dora: read.then((all) => doraOf(all.flat(), stack, { from: now - SPAN, to: now + 1 })) };
    return kept.dora;
  };
}
