import type { Props } from "../handler.ts";
import { type KubeObject, objectId } from "./objects.ts";
import type { Pod } from "./pods/pod.ts";
import { redact, secretForms } from "./pods/redact.ts";
import type { Pods } from "./pods/registry.ts";
import type { Ended } from "./pods/status.ts";
import { propsList } from "./props.ts";
import type { Store } from "./store.ts";
import { waitFor } from "./wait.ts";

const DEFAULT_TIMEOUT_SECONDS = 600;
const LOG_LINES = 10;

/**
 * Waits until a workload lives: a Deployment until its rollout is complete, a Job until it has succeeded; other kinds do at once.
 * @returns why it doesn't live; empty when it does
 */
export async function awaitLife(
  store: Store,
  pods: Pods,
  object: KubeObject,
  timeoutSeconds: number,
): Promise<string[]> {
  const { kind, metadata } = object;
  if (kind !== "Deployment" && kind !== "Job") return [];
  const seconds = timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT_SECONDS;
  const waited = await waitFor(store, seconds * 1000, () => {
    const live = store.get(kind, metadata.namespace, metadata.name);
    if (live === undefined) return { verdict: "gone" as const };
    const verdict = kind === "Deployment" ? deploymentVerdict(live) : jobVerdict(live);
    return verdict === "waiting" ? undefined : { verdict };
  });
  if (waited.outcome === "settled" && waited.value.verdict === "alive") return [];
  const live = store.get(kind, metadata.namespace, metadata.name);
  if (live === undefined) return [`${kind} ${objectId(metadata)} was deleted while it was awaited`];
  const summary = kind === "Deployment" ? deploymentReasons(live) : jobReasons(live);
  const late =
    waited.outcome === "timeout" ? [`'${metadata.name}' timed out waiting to be Ready after ${seconds} s`] : [];
  return [...late, ...summary, ...pods.ownedBy(metadata).flatMap(podReasons)];
}

type Verdict = "alive" | "failed" | "waiting";

function deploymentVerdict(live: KubeObject): Verdict {
  if (live.status?.observedGeneration !== live.metadata.generation) return "waiting";
  const progressing = conditions(live).find((condition) => condition.type === "Progressing");
  if (progressing?.status === "False") return "failed";
  return progressing?.reason === "NewReplicaSetAvailable" ? "alive" : "waiting";
}

function jobVerdict(live: KubeObject): Verdict {
  const [condition] = conditions(live);
  if (condition === undefined) return "waiting";
  return condition.type === "Complete" ? "alive" : "failed";
}

function deploymentReasons(live: KubeObject): string[] {
  const bad = conditions(live).filter(
    (condition) => condition.type === "ReplicaFailure" || condition.status === "False",
  );
  return ["Minimum number of Pods to consider the application live was not attained", ...bad.map(conditionText)];
}

function jobReasons(live: KubeObject): string[] {
  return ["The Job has not completed", ...conditions(live).map(conditionText)];
}

function conditionText(condition: Props): string {
  return `[${String(condition.reason)}] ${String(condition.message)}`;
}

/** What a pod that isn't ready says: its state, its probe, the end of its log; never a secret. */
function podReasons(pod: Pod): string[] {
  const state = pod.state();
  if (state.ready || pod.isLeaving() || state.phase === "Succeeded") return [];
  const forms = secretForms(pod.secrets());
  const said = [stateText(pod), pod.lastProbeFailure()].filter((part) => part !== undefined);
  const log = pod.output.tail(LOG_LINES);
  const tail =
    log.length === 0 ? [] : [`[Pod ${pod.plan.name}] last log lines:\n${log.map((line) => `  ${line}`).join("\n")}`];
  return [`[Pod ${pod.plan.name}] ${said.join("; ")}`, ...tail].map((reason) => redact(reason, forms));
}

function stateText(pod: Pod): string {
  const { current, restarts, last } = pod.state();
  const again = restarts === 0 ? "" : `, restarted ${restarts} times`;
  const exit = (ended: Ended | undefined) =>
    ended === undefined ? "" : `, container exited with code ${ended.exitCode}`;
  switch (current.state) {
    case "running":
      return `running, not ready${exit(last)}${again}`;
    case "terminated":
      return `terminated${exit(current.ended)}${again}`;
    case "waiting":
      return `${current.reason}${current.message === undefined ? "" : `: ${current.message}`}${exit(last)}${again}`;
  }
}

function conditions(object: KubeObject): Props[] {
  return propsList(object.status?.conditions);
}
