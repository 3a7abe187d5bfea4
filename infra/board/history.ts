import { type Course, type Courses, openCourses } from "../reports/course.ts";
import { type Dora, doraOf } from "../reports/dora.ts";
import { problemIn } from "./kept.ts";
import type { BoardSource, BoardStack } from "./source.ts";

const WEEK = 7 * 86_400_000;
/** Weeks that are shown, the last of them up to now. */
const WEEKS = 13;
/** How many of a stack's newest changes are looked at. */
const MOST = 500;

/** A week of a stack. */
export interface Week {
  /** its first moment, milliseconds since the epoch */
  from: number;
  dora: Dora;
}

/** A stack's figures. */
export interface StackHistory {
  name: string;
  /** of all the weeks together */
  whole: Dora;
  weeks: Week[];
  /** why its records can't be read; null where they can */
  problem: string | null;
}

/** A stack's figures by week (pure). */
export function historyOf(courses: readonly Course[], name: string, now: number): Omit<StackHistory, "problem"> {
  const weeks = Array.from({ length: WEEKS }, (_, place) => {
    const from = now - (WEEKS - place) * WEEK;
    return { from, dora: doraOf(courses, name, { from, to: from + WEEK }) };
  });
  return { name, whole: doraOf(courses, name, { from: now - WEEKS * WEEK, to: now }), weeks };
}

/** Reads the history of all stacks; a record that has ended is read once. */
export function openHistory({ stacks, now }: BoardSource): () => Promise<StackHistory[]> {
  const opened = stacks.map((stack) => ({ stack, courses: coursesOf(stack) }));
  return async () => {
    const read = await Promise.all(
      opened.map(async ({ stack: { name }, courses }) => {
        try {
          return { name, courses: await (await courses()).read(name), problem: null };
        } catch (error) {
          return { name, courses: [], problem: problemIn(error) };
        }
      }),
    );
    const all = read.flatMap(({ courses }) => courses);
    return read.map(({ name, problem }) => ({ ...historyOf(all, name, now()), problem }));
  };
}

/** The courses of a stack: those of today's store. */
function coursesOf({ open }: BoardStack): () => Promise<Courses> {
  let kept: { url: string; courses: Courses } | null = null;
  return async () => {
    const { store } = await open();
    if (kept?.url !== store.url) kept = { url: store.url, courses: openCourses(store, MOST) };
    return kept.courses;
  };
}
