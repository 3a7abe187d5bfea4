import { generationsOf, isLive } from "./generations.ts";
import {
  currentPins,
  type Release,
  type ReleaseState,
  releaseId,
  SECRET_NAMES,
  type SecretName,
  stableRelease,
} from "./releases.ts";
import { type Boundary, boundaryTo, type LossyBoundary } from "./schema-boundary.ts";

/** A release that the stack could go back to, and why it may or may not. */
export interface RollbackTarget {
  version: string;
  id: string;
  legal: boolean;
  why: string;
}

/** A release that once had all traffic, as the record tells of it. */
export interface PastRelease {
  release: Release;
  /** the change in which it was rolled back from, else null */
  leftIn: string | null;
}

/** A way back: the release as it would stand, where it stands now, and what lies between. */
export interface WayBack {
  target: RollbackTarget;
  release: Release;
  where: "warm" | "cold";
  boundary: Boundary;
  leftIn: string | null;
}

const idsOf = (migrations: readonly { id: string }[]): string => migrations.map(({ id }) => id).join(", ");

/** Which flag of `rollback` takes the stack back all the same, and at what price. */
function flagFor({ expandOnly }: Pick<LossyBoundary, "expandOnly">): string {
  const restore = "--restore-backup restores the backup and loses what was written since";
  return expandOnly ? `--keep-schema leaves the schema as it is and loses nothing; ${restore}` : restore;
}

function verdict(where: WayBack["where"], boundary: Boundary): Pick<RollbackTarget, "legal" | "why"> {
  const start = where === "warm" ? "warm" : "cold: its pods start first";
  switch (boundary.kind) {
    case "none": {
      const moves = where === "warm" ? "only weight moves" : "then weight moves";
      return { legal: true, why: `${start}, the same schema: ${moves}` };
    }
    case "reversible":
      return { legal: true, why: `${start}; the schema was only expanded since (${idsOf(boundary.since)})` };
    case "lossy":
    case "irreversible":
      return { legal: false, why: `${idsOf(boundary.blocking)} can't be undone without a loss: ${flagFor(boundary)}` };
    case "incompatible":
      return { legal: false, why: boundary.why };
  }
}

/** The generations of a secret that a release pins and that its issuer no longer accepts. */
function deadPins(state: ReleaseState, { secrets }: Release, name: SecretName): string[] {
  return generationsOf(secrets[name]).filter((id) => !isLive(state.secrets[name], id));
}

/** Why a release can't come back as it was: the generations that were revoked since, and in which change; null where it can. */
function revokedSince(state: ReleaseState, release: Release): string | null {
  const dead = SECRET_NAMES.flatMap((name) =>
    deadPins(state, release, name).map((id) => {
      const change = state.secrets[name].revoked[id];
      return `${name} ${id} was ${change === undefined ? "taken back" : `revoked in ${change}`}`;
    }),
  );
  return dead.length === 0 ? null : dead.join(", ");
}

/** The release with the generations that are still there: where one has been revoked since, with the current one. */
function withLivePins(state: ReleaseState, release: Release): Release {
  const current = currentPins(state);
  const secrets = { ...release.secrets };
  for (const name of SECRET_NAMES) {
    if (deadPins(state, release, name).length > 0) secrets[name] = current[name];
  }
  return { ...release, secrets, id: releaseId(release.manifest, release.configuration, secrets), weight: 0 };
}

/**
 * Every way back from a release (pure): the others on the stack first, then those of the record, the newest first.
 * @param past what the record tells of, the newest first
 */
export function waysBack(state: ReleaseState, from: Release, past: readonly PastRelease[] = []): WayBack[] {
  const leftIn = new Map(past.map((one) => [one.release.id, one.leftIn]));
  const warm = state.releases
    .filter(({ id }) => id !== state.baseline?.copy)
    .map((release) => ({ release, where: "warm" as const }));
  const cold = past.map(({ release }) => ({ release: withLivePins(state, release), where: "cold" as const }));
  const seen = new Set([from.id]);
  return [...warm, ...cold].flatMap(({ release, where }) => {
    if (seen.has(release.id)) return [];
    seen.add(release.id);
    const boundary = boundaryTo(state.schema, release.manifest);
    const target = { version: release.manifest.version, id: release.id, ...verdict(where, boundary) };
    return [{ target, release, where, boundary, leftIn: leftIn.get(release.id) ?? null }];
  });
}

/** The way back that is meant where none is named: the newest release that nobody had to leave. */
export function usualWayBack(ways: readonly WayBack[]): WayBack | undefined {
  return ways.find(({ leftIn }) => leftIn === null);
}

/**
 * The ways back as `status` shows them, and the releases that a rotation has closed the way to (pure). One that comes back with other
 * generations than it had is one target, which says so.
 */
export function rollbackTargets(
  state: ReleaseState,
  from: Release = stableRelease(state),
  past: readonly PastRelease[] = [],
): RollbackTarget[] {
  const closed = past.flatMap(({ release }) => {
    const revoked = revokedSince(state, release);
    return revoked === null ? [] : [{ release, revoked, as: withLivePins(state, release).id }];
  });
  const revokedOf = new Map(closed.map(({ as, revoked }) => [as, revoked]));
  const ways = waysBack(state, from, past).map(({ target, leftIn }) => {
    const left = leftIn === null ? "" : ` (left in ${leftIn})`;
    const revoked = revokedOf.get(target.id);
    const instead = revoked === undefined ? "" : `; it comes with what is current, since ${revoked}`;
    return { ...target, why: `${target.why}${left}${instead}` };
  });
  const told = new Set(ways.map(({ id }) => id));
  const gone = closed
    .filter((one) => !told.has(one.as))
    .map(({ release, revoked }) => ({
      version: release.manifest.version,
      id: release.id,
      legal: false,
      why: `${revoked}: its credentials are no longer accepted`,
    }));
  return [...ways, ...gone];
}
