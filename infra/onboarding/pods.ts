import type { JudgedPod, PodLimits } from "../gates/gate.ts";
import { judgePods } from "../gates/pods.ts";
import { newPodsMemory } from "../gates/pods-memory.ts";
import { fails, holds, type Line } from "../runbooks/verify-release/check.ts";
import { mostServing } from "./own-metrics.ts";

/** What the gate of the pods would say of the release that serves, by its pods as they are now (pure). */
export function judgePodsNow(stack: string, pods: readonly JudgedPod[], limits: PodLimits): Line {
  const check = `pods gate of ${stack}`;
  const release = mostServing(pods);
  if (release === null) return holds(check, "there is no release yet that it could look at");
  const { answer, summary } = judgePods(newPodsMemory(release), pods, { stable: null }, limits);
  const may = `${limits.restarts} restarts and ${limits.unready} times unready are allowed per step`;
  if (answer === "fail") return fails(check, `${release}: ${summary}`, "see `kubectl describe pod`");
  const before = pods.filter(({ job }) => job === null).flatMap(({ containers }) => containers);
  const restarts = before.reduce((sum, container) => sum + container.restarts, 0);
  return holds(check, `${release}: ${summary}; ${restarts} restarts since its pods began; ${may}`);
}
