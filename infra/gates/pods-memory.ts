import { z } from "zod";
import type { Json } from "../domain/json.ts";
import type { JudgedPod, Target } from "./gate.ts";

/** So many ends of containers are kept in the evidence, the newest. */
const SHOWN = 10;

const end = z.strictObject({
  pod: z.string(),
  container: z.string(),
  reason: z.string(),
  exitCode: z.number(),
  at: z.number(),
});

const memorySchema = z.strictObject({
  release: z.string(),
  /** What is known of each pod that was seen, of every release. */
  pods: z.record(
    z.string(),
    z.strictObject({
      restarts: z.record(z.string(), z.number()),
      ready: z.boolean(),
      readyChangedAt: z.number().nullable(),
      everReady: z.boolean(),
    }),
  ),
  /** Since the step began. */
  restarts: z.number(),
  outOfMemory: z.number(),
  /** Restarts of the release that it is compared with. */
  stableRestarts: z.number(),
  /** Times that a pod of the release lost its readiness. */
  unready: z.number(),
  /** The same until the look before. Of this and what follows, records of before say nothing. */
  unreadyBefore: z.number().default(0),
  /** Times that a pod of the release that it is compared with lost its readiness. */
  stableUnready: z.number().default(0),
  /** Whether the last look saw any of that anew. */
  troubled: z.boolean().default(false),
  ends: z.array(end),
});

/** What the gate remembers from look to look. */
export type PodsMemory = z.infer<typeof memorySchema>;

export function newPodsMemory(release: string): PodsMemory {
  return {
    release,
    pods: {},
    restarts: 0,
    outOfMemory: 0,
    stableRestarts: 0,
    unready: 0,
    unreadyBefore: 0,
    stableUnready: 0,
    troubled: false,
    ends: [],
  };
}

/** The memory that an earlier look left; a new one where it is of another release, or of a program that kept other things. */
export function recallPods(memory: Json, release: string): PodsMemory {
  const known = memorySchema.safeParse(memory);
  return known.success && known.data.release === release ? known.data : newPodsMemory(release);
}

type Container = JudgedPod["containers"][number];

/** Restarts of a container since it was last looked at; of a pod that is seen first, those since the step began. */
function restartsOf(
  pod: JudgedPod,
  container: Container,
  known: PodsMemory["pods"][string] | undefined,
  since: number,
) {
  if (known !== undefined) return Math.max(0, container.restarts - (known.restarts[container.name] ?? 0));
  // The API tells when a container last ended, and not when it did before that.
  if (pod.createdAt >= since) return container.restarts;
  return container.restarts > 0 && (container.last?.finishedAt ?? 0) >= since ? 1 : 0;
}

/** Whether a pod that was ready has lost that since it was last looked at, be it ready again or not. */
function lostReadiness(pod: JudgedPod, known: PodsMemory["pods"][string] | undefined): boolean {
  if (known === undefined || !known.everReady || pod.readyChangedAt === known.readyChangedAt) return false;
  return known.ready || !pod.ready;
}

const TROUBLES = ["restarts", "stableRestarts", "unready", "stableUnready"] as const;

/** Pure: the memory after one more look at the pods. Pods of Jobs and those that are told to end are left out. */
export function takeInPods(
  memory: PodsMemory,
  pods: readonly JudgedPod[],
  { stable }: Pick<Target, "stable">,
  since: number,
): PodsMemory {
  const next = { ...memory, unreadyBefore: memory.unready, pods: { ...memory.pods }, ends: [...memory.ends] };
  for (const pod of pods) {
    if (pod.job !== null || pod.leaving || (pod.release !== memory.release && pod.release !== stable)) continue;
    const known = memory.pods[pod.name];
    const judged = pod.release === memory.release;
    for (const container of pod.containers) {
      const restarts = restartsOf(pod, container, known, since);
      if (restarts === 0) continue;
      if (!judged) {
        next.stableRestarts += restarts;
        continue;
      }
      next.restarts += restarts;
      if (container.last === null) continue;
      const { reason, exitCode, finishedAt } = container.last;
      if (reason === "OOMKilled") next.outOfMemory += 1;
      next.ends.push({ pod: pod.name, container: container.name, reason, exitCode, at: finishedAt });
    }
    if (lostReadiness(pod, known)) next[judged ? "unready" : "stableUnready"] += 1;
    next.pods[pod.name] = {
      restarts: Object.fromEntries(pod.containers.map(({ name, restarts }) => [name, restarts])),
      ready: pod.ready,
      readyChangedAt: pod.readyChangedAt,
      everReady: pod.ready || known?.everReady === true,
    };
  }
  const there = new Set(pods.map(({ name }) => name));
  for (const name of Object.keys(next.pods)) if (!there.has(name)) delete next.pods[name];
  next.ends = next.ends.slice(-SHOWN);
  return { ...next, troubled: TROUBLES.some((kind) => next[kind] > memory[kind]) };
}

/** The memory as the next step begins with it: each pod stays known, the counts begin anew (pure). */
export function keptPodsMemory(memory: Json): Json {
  const known = memorySchema.safeParse(memory);
  return known.success ? { ...newPodsMemory(known.data.release), pods: known.data.pods } : null;
}
