import { formatDuration } from "../../domain/durations.ts";
import type { Migration } from "../../domain/manifest.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import { usualWayBack, type WayBack, waysBack } from "../../domain/rollback-targets.ts";
import type { Boundary } from "../../domain/schema-boundary.ts";
import { badInput } from "../../errors.ts";
import type { SchemaWay } from "../../runbooks/input.ts";
import { backupOf, type History, manifestFor } from "./history.ts";
import type { Prepared } from "./open.ts";

/** A rollback that a person asks for. */
export interface RollbackRequest {
  /** a version or a release's id; null is the release before */
  to: string | null;
  /** `back` takes reversible migrations back; `keep` leaves an expanded schema; `restore` brings the backup back */
  schema: "back" | "keep" | "restore";
  reason: string | null;
  startedBy: string;
}

/** A rollback that may begin, and what of the data it loses. */
export interface PreparedRollback {
  prepared: Prepared;
  /** sentences for the person to confirm; null where nothing is lost */
  loss: string | null;
}

function choose(ways: readonly WayBack[], to: string | null, stack: string): WayBack {
  const way =
    to === null
      ? usualWayBack(ways)
      : (ways.find(({ target }) => target.id === to) ?? ways.find(({ target }) => target.version === to));
  if (way !== undefined) return way;
  const known = ways.map(({ target }) => `${target.version} (${target.id})`).join(", ");
  const what = to === null ? "no release to go back to is known" : `"${to}" is no release that ${stack} can go back to`;
  throw badInput(
    `--to: ${what}; ${known === "" ? "the record tells of none: deploy the release that you want" : `known are ${known}`}`,
  );
}

const WORDS: Record<Migration["reversible"], string> = {
  yes: "the old release can't run with it",
  lossy: "undoing it loses its data",
  no: "it can't be undone",
};

function told(migrations: readonly Migration[]): string {
  return migrations.map(({ id, phase, reversible }) => `${id} (${phase}: ${WORDS[reversible]})`).join(", ");
}

function refused(
  version: string,
  boundary: Extract<Boundary, { kind: "lossy" | "irreversible" }>,
  backup: string,
): string {
  const keep = boundary.expandOnly ? " --keep-schema goes back and leaves the schema expanded, with nothing lost;" : "";
  return `--to: between the database and ${version} is ${told(boundary.blocking)}:${keep} ${backup}`;
}

/** What the way back does to the database, or why it may not (pure). */
function schemaWay(
  way: WayBack,
  state: ReleaseState,
  history: History,
  asked: RollbackRequest["schema"],
  now: number,
): { schema: SchemaWay; loss: string | null } {
  const { boundary, target } = way;
  if (boundary.kind === "incompatible")
    throw badInput(`--to: ${target.version} can't be rolled back to: ${boundary.why}`);
  if (asked === "restore") return restoring(way, history, now);
  if (boundary.kind === "none") return { schema: { kind: "keep" }, loss: null };
  if (boundary.kind === "reversible") {
    if (asked === "keep") return { schema: { kind: "keep" }, loss: null };
    const manifest = manifestFor(state, history);
    if (manifest !== undefined) return { schema: { kind: "downs", manifest }, loss: null };
    const ids = boundary.since.map(({ id }) => id).join(", ");
    throw badInput(
      `--to: no image is known that has ${ids} and could take it back: --keep-schema goes back and leaves the schema expanded`,
    );
  }
  if (asked === "keep" && boundary.expandOnly) return { schema: { kind: "keep" }, loss: null };
  const backup = backupOf(way.release.manifest.migrations, history);
  const restore =
    backup === undefined
      ? "and no backup of that schema is known, so --restore-backup has nothing to restore: fix it forward with a new release"
      : `--restore-backup restores the backup that ${backup.change} took at ${backup.at}: everything written in the ${formatDuration(now - Date.parse(backup.at))} since then is lost`;
  throw badInput(refused(target.version, boundary, restore));
}

function restoring(way: WayBack, history: History, now: number): { schema: SchemaWay; loss: string } {
  const { migrations } = way.release.manifest;
  const backup = backupOf(migrations, history);
  if (backup === undefined) {
    const known = history.backups.map(({ id, at }) => `${id} of ${at}`).join(", ");
    throw badInput(
      `--restore-backup: there is no backup with the schema of ${way.target.version}; known are ${known === "" ? "none" : known}`,
    );
  }
  return {
    schema: { kind: "restore", backup: backup.id, schema: migrations },
    loss: `The backup ${backup.id} was taken at ${backup.at}. Everything written in the ${formatDuration(now - Date.parse(backup.at))} since then is lost to the application. (What is there now is kept beside it as a backup named after this change.)`,
  };
}

/**
 * Chooses the way back and checks it against the stack as it is (pure).
 * @throws Refusal (exit 2) saying what would be lost and which flag says yes
 */
export function prepareRollback(
  stack: string,
  base: ReleaseState,
  history: History,
  request: RollbackRequest,
  now: number,
): PreparedRollback {
  const way = choose(waysBack(base, stableRelease(base), history.releases), request.to, stack);
  const { schema, loss } = schemaWay(way, base, history, request.schema, now);
  const { reason, startedBy } = request;
  return { prepared: { runbook: "rollback", reason, startedBy, base, release: way.release, schema }, loss };
}
