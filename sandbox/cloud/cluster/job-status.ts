import type { Props } from "../handler.ts";
import { timestamp } from "./objects.ts";

export interface JobFailure {
  reason: "BackoffLimitExceeded" | "DeadlineExceeded" | "FailedCreate";
  message: string;
}

export type JobResult =
  | { outcome: "running" }
  | { outcome: "suspended"; at: number }
  | { outcome: "complete"; at: number }
  | ({ outcome: "failed"; at: number } & JobFailure);

export interface JobFacts {
  startedAt: number;
  failures: number;
  result: JobResult;
}

/** A Job's status as the Kubernetes API writes it. */
export function jobStatus({ startedAt, failures, result }: JobFacts): Props {
  // A Job that was suspended from its start has none: job_controller.go sets startTime only where it isn't.
  if (result.outcome === "suspended") return { conditions: [condition(result)] };
  const counts = {
    ...(result.outcome === "running" ? { active: 1, ready: 0 } : {}),
    ...(result.outcome === "complete" ? { succeeded: 1, completionTime: timestamp(result.at) } : {}),
    ...(failures === 0 ? {} : { failed: failures }),
  };
  return {
    startTime: timestamp(startedAt),
    ...counts,
    ...(result.outcome === "running" ? {} : { conditions: [condition(result)] }),
  };
}

function condition(result: Exclude<JobResult, { outcome: "running" }>): Props {
  const time = timestamp(result.at);
  if (result.outcome === "suspended") {
    return {
      type: "Suspended",
      status: "True",
      reason: "JobSuspended",
      message: "Job suspended",
      lastProbeTime: time,
      lastTransitionTime: time,
    };
  }
  if (result.outcome === "complete")
    return { type: "Complete", status: "True", lastProbeTime: time, lastTransitionTime: time };
  return {
    type: "Failed",
    status: "True",
    reason: result.reason,
    message: result.message,
    lastProbeTime: time,
    lastTransitionTime: time,
  };
}
