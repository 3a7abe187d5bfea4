import type { Props } from "../handler.ts";
import { timestamp } from "./objects.ts";

/** What a Deployment's status is made from. Times are milliseconds since the epoch. */
export interface RolloutFacts {
  generation: number;
  desired: number;
  total: number;
  updated: number;
  ready: number;
  available: number;
  maxUnavailable: number;
  /** Since when the rollout has made no progress. */
  stillSince: number;
  progressDeadlineMs: number;
  now: number;
  /** Why no pod can be made. */
  obstacle: string | undefined;
}

export type RolloutVerdict = "complete" | "progressing" | "overdue";

/** Whether every pod is of the present template and available, and if not, whether the rollout still moves. */
export function rolloutVerdict(facts: RolloutFacts): RolloutVerdict {
  const { desired, total, updated, available } = facts;
  if (updated === desired && total === desired && available === desired) return "complete";
  return facts.now - facts.stillSince >= facts.progressDeadlineMs ? "overdue" : "progressing";
}

/** A Deployment's status as the Kubernetes API writes it. */
export function deploymentStatus(name: string, facts: RolloutFacts): Props {
  const enough = facts.available >= facts.desired - facts.maxUnavailable;
  const since = timestamp(facts.stillSince);
  return {
    observedGeneration: facts.generation,
    ...nonZero({
      replicas: facts.total,
      updatedReplicas: facts.updated,
      readyReplicas: facts.ready,
      availableReplicas: facts.available,
      unavailableReplicas: Math.max(0, facts.desired - facts.available),
    }),
    conditions: [
      {
        type: "Available",
        status: enough ? "True" : "False",
        reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        message: enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
        lastTransitionTime: since,
        lastUpdateTime: since,
      },
      {
        type: "Progressing",
        ...progressing(name, rolloutVerdict(facts)),
        lastTransitionTime: since,
        lastUpdateTime: since,
      },
      ...(facts.obstacle === undefined
        ? []
        : [
            {
              type: "ReplicaFailure",
              status: "True",
              reason: "FailedCreate",
              message: facts.obstacle,
              lastTransitionTime: since,
              lastUpdateTime: since,
            },
          ]),
    ],
  };
}

function progressing(name: string, verdict: RolloutVerdict): Props {
  switch (verdict) {
    case "complete":
      return {
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `Deployment "${name}" has successfully progressed.`,
      };
    case "progressing":
      return { status: "True", reason: "ReplicaSetUpdated", message: `Deployment "${name}" is progressing.` };
    case "overdue":
      return {
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: `Deployment "${name}" has timed out progressing.`,
      };
  }
}

/** The API leaves counts of zero out. */
function nonZero(counts: Record<string, number>): Props {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
