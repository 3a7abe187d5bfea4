import type { Course } from "./course.ts";

const DAY = 86_400_000;
const DEPLOYS: ReadonlySet<string> = new Set(["deploy", "promote"]);

/** A span of time in milliseconds since the epoch: from the first moment on, up to before the second. */
export interface Span {
  from: number;
  to: number;
}

/** The middle of some durations in milliseconds, and of how many; null where there is none. */
export interface Middle {
  median: number | null;
  of: number;
}

/** The four figures of DORA (dora.dev) for one stack and one span. */
export interface Dora {
  /** releases that had users, whether they stayed or were taken back */
  deployments: number;
  /** of them, those that got all of the traffic */
  live: number;
  /** deployment frequency: those that got all of the traffic, per day */
  perDay: number;
  /** lead time: from the first change that names the release, on any stack, until it has all of this stack's traffic */
  leadTime: Middle;
  /** deployments that were taken back, called off, or left by a rollback */
  failed: number;
  /** change failure rate: the share of the deployments that failed; null where there was none */
  failureRate: number | null;
  /** time to restore: from a failure, the opening of a rollback or of an incident until users have what worked */
  timeToRestore: Middle;
}

function middleOf(durations: readonly number[]): Middle {
  const sorted = [...durations].sort((one, other) => one - other);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return { median: low === undefined || high === undefined ? null : (low + high) / 2, of: sorted.length };
}

/** When a deployment counts: when it had all of the traffic, or when it failed before; null where it is none. */
function deployedAt({ runbook, usersAt, liveAt, failedAt }: Course): number | null {
  return DEPLOYS.has(runbook) && usersAt !== null ? (liveAt ?? failedAt) : null;
}

/** The deployment that a rollback leaves: the newest of that version, also where a rotation has renewed its secrets since. */
function leftBy(rollback: Course, stack: readonly Course[]): Course | null {
  const { runbook, replaces, release, liveAt, openedAt } = rollback;
  if (runbook !== "rollback" || liveAt === null || replaces === null || replaces.version === release?.version)
    return null;
  const before = stack.filter(
    (one) =>
      deployedAt(one) !== null &&
      one.liveAt !== null &&
      one.liveAt <= openedAt &&
      one.release?.version === replaces.version,
  );
  return before.reduce<Course | null>(
    (newest, one) => (newest === null || (one.liveAt ?? 0) > (newest.liveAt ?? 0) ? one : newest),
    null,
  );
}

/** How long a release took from the first change that names it; one that stood before counts from its later opening. */
function leadOf(course: Course, all: readonly Course[]): number | null {
  const { stack, manifest, liveAt } = course;
  if (liveAt === null) return null;
  const same =
    manifest === null ? [course] : all.filter((one) => one.manifest === manifest && DEPLOYS.has(one.runbook));
  const earlier = same.flatMap((one) =>
    one.stack === stack && one.liveAt !== null && one.liveAt < liveAt ? one.liveAt : [],
  );
  const since = earlier.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...earlier);
  const openings = same.map(({ openedAt }) => openedAt).filter((at) => at > since && at <= course.openedAt);
  return liveAt - Math.min(course.openedAt, ...openings);
}

/** When users had again what worked, and how long it took; null where nothing had to be restored, or isn't yet. */
function restoreOf(course: Course): { at: number; took: number } | null {
  const { runbook, usersAt, failedAt, restoredAt, liveAt, openedAt, closedAt, exit } = course;
  if (DEPLOYS.has(runbook)) {
    if (usersAt === null || failedAt === null || restoredAt === null) return null;
    return { at: restoredAt, took: restoredAt - failedAt };
  }
  if (runbook === "rollback") return liveAt === null ? null : { at: liveAt, took: liveAt - openedAt };
  if (runbook === "incident" && exit === 0 && closedAt !== null) return { at: closedAt, took: closedAt - openedAt };
  return null;
}

/**
 * The four figures of a stack in a span (pure).
 * @param all the courses of this stack's changes, and of the stacks that its releases come from
 */
export function doraOf(all: readonly Course[], stack: string, { from, to }: Span): Dora {
  const own = all.filter((course) => course.stack === stack);
  const within = (at: number | null) => at !== null && at >= from && at < to;
  const deployments = own.filter((course) => within(deployedAt(course)));
  const live = deployments.filter(({ liveAt }) => liveAt !== null);
  const left = new Set(own.flatMap((course) => leftBy(course, own) ?? []));
  const failed = deployments.filter((course) => course.failedAt !== null || left.has(course));
  const restores = own.flatMap((course) => restoreOf(course) ?? []).filter(({ at }) => within(at));
  return {
    deployments: deployments.length,
    live: live.length,
    perDay: to > from ? live.length / ((to - from) / DAY) : 0,
    leadTime: middleOf(live.flatMap((course) => leadOf(course, all) ?? [])),
    failed: failed.length,
    failureRate: deployments.length === 0 ? null : failed.length / deployments.length,
    timeToRestore: middleOf(restores.map(({ took }) => took)),
  };
}
