import type { MigrationJob, ReleaseState } from "./releases.ts";

/** A Job of an update, and whether it runs in it or an earlier update has seen it through. */
export interface DueJob {
  job: MigrationJob;
  run: "now" | "never again";
}

/**
 * The Jobs that an update declares (pure). One that stood in the state which the last update left has completed, because that
 * state is only exported once it has. One of before Jobs had ids has run as well, and leaves.
 * @param last the state that the stack's last update left; undefined before the first
 */
export function dueJobs(
  last: Pick<ReleaseState, "migrations"> | undefined,
  next: Pick<ReleaseState, "migrations">,
): DueJob[] {
  const ran = last?.migrations ?? [];
  const isSame = (job: MigrationJob) => (one: MigrationJob) =>
    one.id === job.id && one.change === job.change && one.direction === job.direction && one.release === job.release;
  return next.migrations.flatMap((job): DueJob[] => {
    if (!ran.some(isSame(job))) return [{ job, run: "now" }];
    return job.id === "" ? [] : [{ job, run: "never again" }];
  });
}
