import type { Gate, JudgedPod, PodLimits, Target, Verdict } from "./gate.ts";
import { keptPodsMemory, type PodsMemory, recallPods, takeInPods } from "./pods-memory.ts";

const GATE = "pods";
const CRASH_LOOP = "CrashLoopBackOff";

function perPod(count: number, pods: number): number {
  return pods === 0 ? 0 : count / pods;
}

/** How many pods there are, of the release that is judged and of the one that it is compared with. */
interface Pods {
  own: number;
  others: number;
}

/**
 * Pure: whether the pods lost their readiness more often than they may. Only what goes beyond the other release's pods counts, and only once
 * those had a look's time to lose theirs too: probes don't run all at the same moment. Where there are no others, each pod may lose it
 * once, as it does where what all depend on fails over.
 */
function judgeUnready(
  { unready, unreadyBefore, stableUnready }: PodsMemory,
  { own, others }: Pods,
  limit: number,
): "within" | "shared" | "doubtful" | "over" {
  const allowed = others === 0 ? Math.max(limit, own) : limit;
  if (unready <= allowed) return "within";
  const shared = perPod(stableUnready, others) * own;
  if (unready - shared <= allowed) return "shared";
  return others === 0 || unreadyBefore - shared > allowed ? "over" : "doubtful";
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
  const { restarts, outOfMemory, stableRestarts, stableUnready, troubled, ends } = memory;
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
      stable: stable === null ? null : { pods: others, restarts: stableRestarts, lostReadiness: stableUnready },
      ends,
    },
  });
  if (looping.length > 0) return verdict("fail", `${looping.join(", ")} crashes again and again${how}`);
  if (outOfMemory > 0) return verdict("fail", `killed for memory${how}: raise application.memory, or fix the leak`);
  const asOften: string[] = [];
  if (restarts > limits.restarts) {
    const both = stableRestarts > 0 && perPod(stableRestarts, others) >= perPod(restarts, own.length);
    if (!both)
      return verdict("fail", `${restarts} restarts since the step began, ${limits.restarts} are allowed${how}`);
    asOften.push(`${stable} restarts as often: ${stableRestarts} times, this one ${restarts}${how}`);
  }
  const lost = `pods lost their readiness ${memory.unready} times since the step began`;
  const losing = judgeUnready(memory, { own: own.length, others }, limits.unready);
  if (losing === "over") return verdict("fail", lost);
  if (losing === "doubtful") return verdict("hold", `${lost}: the next look shows whether ${stable}'s lose theirs too`);
  if (losing === "shared") asOften.push(`${lost}, and those of ${stable} ${stableUnready} times`);
  if (own.length === 0) return verdict("hold", `there is no pod of ${memory.release}`);
  if (unready.length > 0) return verdict("hold", [`${unready.join(", ")} is no longer ready`, ...asOften].join("; "));
  // What struck both is over once a look sees no more of it.
  if (asOften.length > 0 && troubled) return verdict("hold", asOften.join("; "));
  const seen = restarts === 0 ? `${own.length} pods, no restart` : `${own.length} pods, ${restarts} restart${how}`;
  return verdict("pass", [seen, ...asOften].join("; "));
}

/**
 * What the cluster knows of the release's pods since the step began: restarts (an exit with 0 is one too), kills for memory, crash
 * loops and lost readiness. A crash loop fails at the first look.
 */
export const pods: Gate = {
  name: GATE,
  reads: "counters",
  async observe({ target, pods: read, limits, memory, since }) {
    const known = recallPods(memory, target.release);
    try {
      const seen = await read();
      const next = takeInPods(known, seen, target, since);
      return { verdict: judgePods(next, seen, target, limits.pods), memory: next };
    } catch (error) {
      const summary = error instanceof Error ? error.message : String(error);
      return { verdict: { gate: GATE, answer: "hold", summary, evidence: {} }, memory: known };
    }
  },
  forNextStep: keptPodsMemory,
};
