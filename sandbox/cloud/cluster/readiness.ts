import type { Props } from "../handler.ts";
import { isSelected } from "./gateway/endpoints.ts";
import { type KubeObject, objectId } from "./objects.ts";
import type { Pod } from "./pods/pod.ts";
import { redact, secretForms } from "./pods/redact.ts";
import type { Pods } from "./pods/registry.ts";
import type { Ended } from "./pods/status.ts";
import { propsList } from "./props.ts";
import { serviceSpec } from "./schemas/core.ts";
import type { Store } from "./store.ts";
import { waitFor } from "./wait.ts";

/** What the provider waits where the program sets no time (pulumi-kubernetes, provider/pkg/await/await.go: Creation and Update). */
const DEFAULT_TIMEOUT_SECONDS = 600;
const LOG_LINES = 10;
/** How long a Service's endpoints have to stay as they are: 10 s with the provider (provider/pkg/await/service.go), shorter here. */
const SETTLE_MS = 200;

/**
 * Waits until an object lives, by the provider's own rules (pulumi-kubernetes, provider/pkg/await): a Deployment until its rollout is
 * complete, a Job until it has succeeded, a Service until none of its pods is unready. Each has its own time; other kinds live at once.
 * @returns why it doesn't live; empty when it does
 */
export async function awaitLife(
  store: Store,
  pods: Pods,
  object: KubeObject,
  timeoutSeconds: number,
): Promise<string[]> {
  const { kind, metadata } = object;
  const seconds = timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT_SECONDS;
  if (kind === "Service") return awaitEndpoints(store, pods, object, seconds);
  if (kind !== "Deployment" && kind !== "Job") return [];
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
  const late = waited.outcome === "timeout" ? [lateText(metadata.name, seconds)] : [];
  return [...late, ...summary, ...pods.ownedBy(metadata).flatMap(podReasons)];
}

function lateText(name: string, seconds: number): string {
  return `'${name}' timed out waiting to be Ready after ${seconds} s`;
}

/** A Service lives once its endpoints have settled and none of the pods that it selects is unready, Jobs' pods among them. */
async function awaitEndpoints(store: Store, pods: Pods, object: KubeObject, seconds: number): Promise<string[]> {
  const spec = serviceSpec.parse(object.body.spec);
  const { namespace, name } = object.metadata;
  const isPending = (): boolean =>
    pods
      .inNamespace(namespace)
      .some((pod) => isSelected(pod, spec) && !pod.isLeaving() && !ENDED.has(pod.state().phase) && !pod.state().ready);
  const deadline = Date.now() + seconds * 1000;
  const left = (): number => Math.max(0, deadline - Date.now());
  while (left() > 0) {
    await waitFor(store, left(), () => (isPending() ? undefined : "none"));
    // What changes while it settles begins the wait anew; where the time is over, the last look decides.
    const changed = await waitFor(store, Math.min(SETTLE_MS, left()), () => (isPending() ? "again" : undefined));
    if (changed.outcome === "timeout" && !isPending()) return [];
  }
  const unready = "Service does not target any Pods. Selected Pods may not be ready";
  return [lateText(name, seconds), `${unready}, or field '.spec.selector' may not match labels on any Pods`];
}

type Verdict = "alive" | "failed" | "waiting";
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

function deploymentVerdict(live: KubeObject): Verdict {
  if (live.status?.observedGeneration !== live.metadata.generation) return "waiting";
  // A passed progress deadline is told, and waited on: only the time ends the wait (deployment.go, processDeploymentEvent).
  const progressing = conditions(live).find((condition) => condition.type === "Progressing");
  return progressing?.reason === "NewReplicaSetAvailable" ? "alive" : "waiting";
}

function jobVerdict(live: KubeObject): Verdict {
  const condition = conditions(live).find(({ type }) => type === "Complete" || type === "Failed");
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
    ended === undefined
      ? ""
      : `, container exited with code ${ended.exitCode}${ended.reason === "OOMKilled" ? " (OOMKilled)" : ""}`;
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
