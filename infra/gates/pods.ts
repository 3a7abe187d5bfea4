import { z } from "zod";
import type { Json } from "../domain/json.ts";
import type { Gate, JudgedPod, PodLimits, Target, Verdict } from "./gate.ts";

const GATE = "pods";
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
  ends: z.array(end),
});

/** What the gate remembers from look to look. */
export type PodsMemory = z.infer<typeof memorySchema>;

export function newPodsMemory(release: string): PodsMemory {
  return { release, pods: {}, restarts: 0, outOfMemory: 0, stableRestarts: 0, unready: 0, ends: [] };
}

function recall(memory: Json, release: string): PodsMemory {
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

/** Pure: the memory after one more look at the pods. Pods of Jobs and those that are told to end are left out. */
function takeInPods(
  memory: PodsMemory,
  pods: readonly JudgedPod[],
  { stable }: Pick<Target, "stable">,
  since: number,
): PodsMemory {
  const next = { ...memory, pods: { ...memory.pods }, ends: [...memory.ends] };
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
    if (judged && lostReadiness(pod, known)) next.unready += 1;
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
  return next;
}

const CRASH_LOOP = "CrashLoopBackOff";

function perPod(restarts: number, pods: number): number {
  return pods === 0 ? 0 : restarts / pods;
}

/** Pure: what the pods and the memory say of the release. */
export function judgePods(
  memory: PodsMemory,
  pods: readonly JudgedPod[],
  { stable }: Pick<Target, "stable">,
  limits: PodLimits,
): Verdict {
  const serving = pods.filter(({ job, leaving }) => job === null && !leaving);
  const own = serving.filter(({ release }) => release === memory.release);
  const others = serving.filter(({ release }) => release === stable).length;
  const named = (found: readonly JudgedPod[]) => found.map(({ name }) => name);
  const looping = named(own.filter(({ containers }) => containers.some(({ waiting }) => waiting === CRASH_LOOP)));
  const unready = named(own.filter(({ name, ready }) => !ready && memory.pods[name]?.everReady === true));
  const { restarts, outOfMemory, stableRestarts, ends } = memory;
  const last = ends.at(-1);
  const how = last === undefined ? "" : ` (${last.pod}: ${last.reason || "ended"}, exit ${last.exitCode})`;
  const verdict = (answer: Verdict["answer"], summary: string): Verdict => ({
    gate: GATE,
    answer,
    summary,
    evidence: {
      pods: own.length,
      restarts,
      outOfMemory,
      crashLooping: looping,
      unready,
      lostReadiness: memory.unready,
      stable: stable === null ? null : { pods: others, restarts: stableRestarts },
      ends,
    },
  });
  if (looping.length > 0) return verdict("fail", `${looping.join(", ")} crashes again and again${how}`);
  if (outOfMemory > 0) return verdict("fail", `killed for memory${how}: raise application.memory, or fix the leak`);
  if (restarts > limits.restarts) {
    const both = stableRestarts > 0 && perPod(stableRestarts, others) >= perPod(restarts, own.length);
    if (both)
      return verdict("hold", `${stable} restarts as often: ${stableRestarts} times, this one ${restarts}${how}`);
    return verdict("fail", `${restarts} restarts since the step began, ${limits.restarts} are allowed${how}`);
  }
  if (memory.unready > limits.unready)
    return verdict("fail", `pods lost their readiness ${memory.unready} times since the step began`);
  if (own.length === 0) return verdict("hold", `there is no pod of ${memory.release}`);
  if (unready.length > 0) return verdict("hold", `${unready.join(", ")} is no longer ready`);
  return verdict(
    "pass",
    restarts === 0 ? `${own.length} pods, no restart` : `${own.length} pods, ${restarts} restart${how}`,
  );
}

/**
 * What the cluster knows of the release's pods since the step began: restarts (an exit with 0 is one too), kills for memory, crash
 * loops and lost readiness. A crash loop fails at the first look.
 */
export const pods: Gate = {
  name: GATE,
  reads: "counters",
  async observe({ target, pods: read, limits, memory, since }) {
    const known = recall(memory, target.release);
    try {
      const seen = await read();
      const next = takeInPods(known, seen, target, since);
      return { verdict: judgePods(next, seen, target, limits.pods), memory: next };
    } catch (error) {
      const summary = error instanceof Error ? error.message : String(error);
      return { verdict: { gate: GATE, answer: "hold", summary, evidence: {} }, memory: known };
    }
  },
  forNextStep(memory) {
    const known = memorySchema.safeParse(memory);
    return known.success ? { ...newPodsMemory(known.data.release), pods: known.data.pods } : null;
  },
};
