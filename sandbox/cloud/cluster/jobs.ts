import { type JobFacts, type JobFailure, jobStatus } from "./job-status.ts";
import type { KubeObject } from "./objects.ts";
import type { Pod } from "./pods/pod.ts";
import type { Pods } from "./pods/registry.ts";
import { type JobSpec, jobSpec } from "./schemas/workloads.ts";
import type { Store } from "./store.ts";
import { pause, waitFor } from "./wait.ts";
import { ownerOf, podObstacle, wirePodSpec } from "./workload.ts";

/** The longest delay that a timer takes: 24 days. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const BACKOFF_LIMIT = 6;
const LONGEST_BACKOFF_MS = 5000;
const FIRST_BACKOFF_MS = 250;

type Attempt = "succeeded" | "failed" | "stopped";

/** Starts the Job controller: each Job's pod runs to its end, again after a failure until the backoff limit. */
export function runJobs(store: Store, pods: Pods): { close(): void } {
  const running = new Map<string, AbortController>();
  const begin = (job: KubeObject): void => {
    const stop = new AbortController();
    running.set(job.metadata.uid, stop);
    void runJob(store, pods, job, stop.signal);
  };
  const unsubscribe = store.onChange(({ type, object }) => {
    if (object.kind !== "Job") return;
    if (type === "applied" && !running.has(object.metadata.uid)) {
      if (jobSpec.parse(object.body.spec).suspend === true) suspend(store, object);
      else begin(object);
    }
    if (type === "removed" || object.metadata.deletionTimestamp !== undefined) {
      running.get(object.metadata.uid)?.abort();
      running.delete(object.metadata.uid);
      for (const pod of pods.ownedBy(object.metadata)) void pod.end();
    }
  });
  return {
    close() {
      unsubscribe();
      for (const stop of running.values()) stop.abort();
    },
  };
}

/** A suspended Job makes no pod until it is resumed. */
function suspend(store: Store, job: KubeObject): void {
  const at = Date.now();
  store.setStatus(job, jobStatus({ startedAt: at, failures: 0, result: { outcome: "suspended", at } }));
}

async function runJob(store: Store, pods: Pods, job: KubeObject, stopped: AbortSignal): Promise<void> {
  const spec = jobSpec.parse(job.body.spec);
  const startedAt = Date.now();
  let failures = 0;
  const report = (result: JobFacts["result"]): void => store.setStatus(job, jobStatus({ startedAt, failures, result }));
  const deadline =
    spec.activeDeadlineSeconds === undefined
      ? new AbortController().signal
      : AbortSignal.timeout(spec.activeDeadlineSeconds * 1000);
  const end = AbortSignal.any([stopped, deadline]);
  const fail = (failure: JobFailure): void => report({ outcome: "failed", at: Date.now(), ...failure });

  report({ outcome: "running" });
  while (!end.aborted) {
    const attempt = await runPod(store, pods, job, spec, end);
    if (attempt === "succeeded") {
      report({ outcome: "complete", at: Date.now() });
      break;
    }
    if (attempt === "stopped") break;
    failures += 1;
    if (failures > mostFailures(spec)) {
      fail({ reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" });
      break;
    }
    report({ outcome: "running" });
    await pause(Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures), end);
  }
  if (
    deadline.aborted &&
    !stopped.aborted &&
    store.get("Job", job.metadata.namespace, job.metadata.name)?.status?.conditions === undefined
  ) {
    fail({ reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" });
  }
  await retire(store, job, spec, stopped);
}

/** With OnFailure the container restarts in its pod, so a failed pod has used up every try. */
function mostFailures(spec: JobSpec): number {
  return spec.template.spec.restartPolicy === "OnFailure" ? 0 : (spec.backoffLimit ?? BACKOFF_LIMIT);
}

async function runPod(store: Store, pods: Pods, job: KubeObject, spec: JobSpec, end: AbortSignal): Promise<Attempt> {
  while (podObstacle(store, job.metadata.namespace, spec.template) !== undefined && !end.aborted)
    await pause(FIRST_BACKOFF_MS, end);
  if (end.aborted) return "stopped";
  const pod = createPod(pods, job, spec);
  const stop = (): void => void pod.end();
  end.addEventListener("abort", stop);
  const waited = await waitFor(store, LONGEST_WAIT_MS, () => (end.aborted ? "stopped" : attemptOf(pod)));
  end.removeEventListener("abort", stop);
  return waited.outcome === "settled" ? waited.value : "stopped";
}

function attemptOf(pod: Pod): Attempt | undefined {
  const { phase } = pod.state();
  if (phase === "Succeeded") return "succeeded";
  return phase === "Failed" ? "failed" : undefined;
}

function createPod(pods: Pods, job: KubeObject, spec: JobSpec): Pod {
  const { name, namespace, uid } = job.metadata;
  const identity = {
    "batch.kubernetes.io/job-name": name,
    "job-name": name,
    "batch.kubernetes.io/controller-uid": uid,
  };
  const policy = spec.template.spec.restartPolicy ?? "Never";
  return pods.create({
    namespace,
    namePrefix: name,
    owner: ownerOf(job),
    labels: { ...spec.template.metadata?.labels, ...identity },
    annotations: { ...spec.template.metadata?.annotations },
    spec: spec.template.spec,
    wireSpec: wirePodSpec(job),
    restarts: { policy, most: policy === "OnFailure" ? (spec.backoffLimit ?? BACKOFF_LIMIT) : 0 },
  });
}

/** A finished Job is removed when its time to live is over. */
async function retire(store: Store, job: KubeObject, spec: JobSpec, stopped: AbortSignal): Promise<void> {
  if (spec.ttlSecondsAfterFinished === undefined) return;
  await pause(spec.ttlSecondsAfterFinished * 1000, stopped);
  const live = store.get("Job", job.metadata.namespace, job.metadata.name);
  if (!stopped.aborted && live?.metadata.uid === job.metadata.uid)
    store.remove("Job", job.metadata.namespace, job.metadata.name);
}
