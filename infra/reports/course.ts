import { z } from "zod";
import { inBatches } from "../domain/batches.ts";
import type { ChangeEvent } from "../records/events.ts";
import { openedIn } from "../records/opened.ts";
import type { RecordStore } from "../records/store.ts";
import type { Named } from "./announcement.ts";
import { dataOf } from "./render/event-data.ts";
import { movesIn } from "./render/looks.ts";

/** When what of a change happened; times in milliseconds since the epoch, null where it didn't. */
export interface Course {
  change: string;
  stack: string;
  runbook: string;
  /** the release that the change brings in, or goes back to */
  release: Named | null;
  /** the release that had the traffic when it was opened */
  replaces: Named | null;
  /** the hash of the release's manifest: the same for one release on every stack */
  manifest: string | null;
  openedAt: number;
  /** when the release first had users */
  usersAt: number | null;
  /** when it had all of the traffic */
  liveAt: number | null;
  /** when a gate failed, or somebody called the change off */
  failedAt: number | null;
  restoredAt: number | null;
  closedAt: number | null;
  exit: number | null;
}

const manifestIn = z.object({ manifest: z.string() });

/** The first time at which a release had at least a share of the traffic. */
function firstWith(events: readonly ChangeEvent[], release: string | undefined, weight: number): number | null {
  if (release === undefined) return null;
  const move = movesIn(events).find(({ weights }) => (weights[release] ?? 0) >= weight);
  return move === undefined ? null : Date.parse(move.at);
}

function firstOf(events: readonly ChangeEvent[], types: readonly string[]): number | null {
  const event = events.find(({ type }) => types.includes(type));
  return event === undefined ? null : Date.parse(event.at);
}

/** Takes a change's course out of its record (pure); null where the record doesn't say whose it is. */
export function courseOf(events: readonly ChangeEvent[]): Course | null {
  const [first] = events;
  if (first === undefined) return null;
  const { stack, runbook, release, replaces } = openedIn(first.data);
  if (stack === undefined || runbook === undefined) return null;
  const manifest = manifestIn.safeParse(first.data);
  const last = events.at(-1);
  const closed = last === undefined ? null : dataOf("closed", last);
  return {
    change: first.change,
    stack,
    runbook,
    release: release ?? null,
    replaces: replaces ?? null,
    manifest: manifest.success ? manifest.data.manifest : null,
    openedAt: Date.parse(first.at),
    usersAt: firstWith(events, release?.id, 1),
    liveAt: firstWith(events, release?.id, 100),
    failedAt: firstOf(events, ["failed", "abort-requested"]),
    restoredAt: firstOf(events, ["restored"]),
    closedAt: closed === null || last === undefined ? null : Date.parse(last.at),
    exit: closed?.exit ?? null,
  };
}

/** Records that are read at once. */
const AT_ONCE = 8;

/** The courses of a stack's newest changes. What has ended doesn't change any more: it is read once and kept. */
export interface Courses {
  /** @throws Refusal where the store can't be read */
  read(stack: string): Promise<Course[]>;
}

/**
 * Reads courses from a store.
 * @param most how many of a stack's newest changes are looked at; what is kept is bounded by it
 */
export function openCourses(store: Pick<RecordStore, "ofStack" | "outline">, most: number): Courses {
  const kept = new Map<string, Map<string, Course | null>>();
  return {
    async read(stack) {
      const changes = (await store.ofStack(stack)).slice(-most);
      const before = kept.get(stack) ?? new Map<string, Course | null>();
      const courses = await inBatches(changes, AT_ONCE, async (change) => {
        const known = before.get(change);
        return [change, known === undefined ? courseOf(await store.outline(change)) : known] as const;
      });
      const found = new Map(courses);
      kept.set(stack, new Map([...found].filter(([, course]) => course === null || course.closedAt !== null)));
      return [...found.values()].flatMap((course) => course ?? []);
    },
  };
}
