import { progressOf } from "../../change/progress.ts";
import type { Manifest, Migration } from "../../domain/manifest.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import type { PastRelease } from "../../domain/rollback-targets.ts";
import type { ChangeEvent } from "../../records/events.ts";
import type { RecordStore } from "../../records/store.ts";
import type { RunbookInput } from "../../runbooks/index.ts";
import { plannedIn } from "../../runbooks/planned.ts";
import type { Stack } from "../../stack/stack.ts";

/** A backup that a change took, and what stood in the database then. */
export interface Backup {
  id: string;
  /** ISO 8601 */
  at: string;
  change: string;
  schema: readonly Migration[];
}

/** What the records of a stack's changes tell of the way here; each list with the newest first. */
export interface History {
  releases: PastRelease[];
  backups: Backup[];
  /** every manifest that came near the stack, whether it stayed or not */
  manifests: Manifest[];
}

/** How many of the stack's newest records are looked through, and how many of them are read at once. */
const NEWEST = 200;
const AT_ONCE = 8;

/** The steps that take a backup, and what of a change's schema stands when they do. */
const BACKUPS: Record<string, (input: RunbookInput) => readonly Migration[]> = {
  backup: ({ base }) => base.schema,
  keep: ({ base }) => base.schema,
  "contract-backup": ({ base, release }) => {
    const first = release.manifest.migrations.findIndex(
      ({ phase }, index) => index >= base.schema.length && phase === "contract",
    );
    return release.manifest.migrations.slice(0, first === -1 ? undefined : first);
  },
};

function backupsOf(events: readonly ChangeEvent[], input: RunbookInput): Backup[] {
  return events.flatMap(({ type, step, at, change }) => {
    const schemaOf = step === null || type !== "updated" ? undefined : BACKUPS[step];
    if (schemaOf === undefined) return [];
    const id = step === "contract-backup" ? `${change}-contract` : change;
    return [{ id, at, change, schema: schemaOf(input) }];
  });
}

/** The release that stood before a change; none where it never passed and wasn't gone back from. */
function releaseBefore({ base }: RunbookInput, leftIn: string | null): PastRelease[] {
  const release = stableRelease(base);
  return release.passed === null && leftIn === null ? [] : [{ release, leftIn }];
}

/** The releases that stood after and before a change that is done, the newer one first. */
function releasesOf(change: string, input: RunbookInput): PastRelease[] {
  const after = { release: { ...input.release, passed: change }, leftIn: null };
  return [after, ...releaseBefore(input, input.runbook === "rollback" ? change : null)];
}

/** A history that is being read, the newest record first. */
interface Trace {
  history: History;
  /** the releases to which an older record has to lead */
  reached: ReadonlySet<string>;
  /** whether it ends here: what lies behind belongs to another life of the stack */
  ended: boolean;
}

const traceFrom = (state: ReleaseState): Trace => ({
  history: { releases: [], backups: [], manifests: [] },
  reached: new Set(state.releases.map(({ id }) => id)),
  ended: false,
});

/** Goes on with the next older record (pure). */
function traced(trace: Trace, events: readonly ChangeEvent[]): Trace {
  const input = plannedIn(events)?.data;
  if (trace.ended || input === undefined) return trace;
  const { history, reached } = trace;
  const before = stableRelease(input.base);
  const { closed, state: left } = progressOf(events);
  const done = closed?.outcome === "done";
  // A change that was brought back may have kept a restore point, so what it left counts, not only what it began with.
  const stood = done ? [input.release] : [before, ...(left?.releases ?? [])];
  if (!stood.some(({ id }) => reached.has(id))) return { ...trace, ended: true };
  const seen = new Set(history.releases.map(({ release }) => release.id));
  const known = done ? releasesOf(events[0]?.change ?? "", input) : releaseBefore(input, null);
  return {
    history: {
      releases: [...history.releases, ...known.filter(({ release }) => !seen.has(release.id))],
      backups: [...history.backups, ...backupsOf(events, input).reverse()],
      manifests: [...history.manifests, input.release.manifest, before.manifest],
    },
    reached: new Set([before.id]),
    ended: false,
  };
}

/**
 * Reads the history out of records (pure). It ends where a record doesn't lead to the one after it: what lies behind
 * belongs to another life of the stack.
 * @param records the newest first
 */
export function historyOf(state: ReleaseState, records: readonly (readonly ChangeEvent[])[]): History {
  return records.reduce(traced, traceFrom(state)).history;
}

/**
 * The history of a session's stack. No more records are held than are read at once, and none is read once the history has ended.
 */
export async function readHistory(
  session: { store: Pick<RecordStore, "ofStack" | "outline">; stack: Pick<Stack, "name"> },
  state: ReleaseState,
): Promise<History> {
  const changes = (await session.store.ofStack(session.stack.name)).slice(-NEWEST).reverse();
  let trace = traceFrom(state);
  for (let from = 0; from < changes.length && !trace.ended; from += AT_ONCE) {
    const batch = changes.slice(from, from + AT_ONCE);
    const records = await Promise.all(batch.map((change) => session.store.outline(change)));
    trace = records.reduce(traced, trace);
  }
  return trace.history;
}

const standsIn = (schema: readonly Migration[], listed: readonly Migration[]): boolean =>
  schema.every(({ id, sha256 }, index) => listed[index]?.id === id && listed[index]?.sha256 === sha256);

/** The manifest whose image knows every applied migration, so that it can take them back (pure). */
export function manifestFor(state: ReleaseState, history: Pick<History, "manifests">): Manifest | undefined {
  const known = [stableRelease(state).manifest, ...history.manifests];
  return known.find(({ migrations }) => standsIn(state.schema, migrations));
}

/** The newest backup of just this schema (pure). */
export function backupOf(schema: readonly Migration[], history: Pick<History, "backups">): Backup | undefined {
  return history.backups.find((backup) => backup.schema.length === schema.length && standsIn(schema, backup.schema));
}
