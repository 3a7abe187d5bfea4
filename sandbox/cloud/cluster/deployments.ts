import { deploymentStatus, type RolloutFacts, rolloutVerdict } from "./deployment-status.ts";
import { type KubeObject, templateHash } from "./objects.ts";
import type { Pod } from "./pods/pod.ts";
import type { Pods } from "./pods/registry.ts";
import { planRollout, rolloutBounds } from "./rollout.ts";
import { type DeploymentSpec, deploymentSpec } from "./schemas/workloads.ts";
import type { Store } from "./store.ts";
import { ownerOf, podObstacle, wirePodSpec, wireTemplate } from "./workload.ts";

/** Keeps every Deployment's pods as its spec says. */
export interface Controller {
  close(): void;
}

interface Progress {
  signature: string;
  since: number;
}

const HASH_LABEL = "pod-template-hash";
const PROGRESS_DEADLINE_SECONDS = 600;

/** Starts the Deployment controller: it looks at a Deployment whenever it, its pods or a ServiceAccount changed. */
export function runDeployments(store: Store, pods: Pods): Controller {
  const progress = new Map<string, Progress>();
  const timers = new Map<string, NodeJS.Timeout>();
  const due = new Set<string>();
  let closed = false;

  const schedule = (uid: string): void => {
    if (closed || due.has(uid)) return;
    due.add(uid);
    setImmediate(() => {
      due.delete(uid);
      if (!closed) reconcile(uid);
    });
  };
  /** A state that only time can change is looked at again when it does. */
  const lookAgain = (uid: string, delays: readonly number[]): void => {
    clearTimeout(timers.get(uid));
    const soonest = Math.min(...delays.filter((delay) => delay > 0));
    if (Number.isFinite(soonest))
      timers.set(
        uid,
        setTimeout(() => schedule(uid), soonest),
      );
  };

  const reconcile = (uid: string): void => {
    const deployment = store.list("Deployment").find((object) => object.metadata.uid === uid);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) {
      clearTimeout(timers.get(uid));
      progress.delete(uid);
      for (const pod of pods.ownedBy({ uid })) void pod.end();
      return;
    }
    const spec = deploymentSpec.parse(deployment.body.spec);
    const obstacle = podObstacle(store, deployment.metadata.namespace, spec.template);
    roll(deployment, spec, obstacle);
    const facts = rolloutFacts(deployment, spec, obstacle);
    store.setStatus(deployment, deploymentStatus(deployment.metadata.name, facts));
    const deadline =
      rolloutVerdict(facts) === "progressing" ? [facts.stillSince + facts.progressDeadlineMs - facts.now + 1] : [];
    const settling = staying(deployment).map((pod) => availableIn(pod, spec, facts.now));
    lookAgain(uid, [...deadline, ...settling.filter(Number.isFinite)]);
  };

  const roll = (deployment: KubeObject, spec: DeploymentSpec, obstacle: string | undefined): void => {
    const hash = templateHash(wireTemplate(deployment));
    const desired = spec.replicas ?? 1;
    const now = Date.now();
    const present = staying(deployment);
    const step = planRollout({
      strategy: spec.strategy?.type ?? "RollingUpdate",
      desired,
      ...rolloutBounds(spec.strategy?.rollingUpdate, desired),
      leaving: pods.ownedBy(deployment.metadata).length - present.length,
      pods: present.map((pod) => ({
        name: pod.plan.name,
        template: pod.plan.labels[HASH_LABEL] === hash ? "current" : "old",
        state: availableIn(pod, spec, now) <= 0 ? "available" : "unavailable",
        createdAt: pod.state().createdAt,
      })),
    });
    for (const name of step.remove) void pods.find(deployment.metadata.namespace, name)?.end();
    for (let made = 0; obstacle === undefined && made < step.create; made += 1) createPod(deployment, spec, hash);
  };

  const createPod = (deployment: KubeObject, spec: DeploymentSpec, hash: string): void => {
    pods.create({
      namespace: deployment.metadata.namespace,
      namePrefix: `${deployment.metadata.name}-${hash}`,
      owner: ownerOf(deployment),
      labels: { ...spec.template.metadata?.labels, [HASH_LABEL]: hash },
      annotations: { ...spec.template.metadata?.annotations },
      spec: spec.template.spec,
      wireSpec: wirePodSpec(deployment),
      restarts: { policy: "Always", most: Number.POSITIVE_INFINITY },
    });
  };

  const rolloutFacts = (deployment: KubeObject, spec: DeploymentSpec, obstacle: string | undefined): RolloutFacts => {
    const now = Date.now();
    const hash = templateHash(wireTemplate(deployment));
    const present = staying(deployment);
    const desired = spec.replicas ?? 1;
    const counts = {
      generation: deployment.metadata.generation,
      desired,
      total: present.length,
      updated: present.filter((pod) => pod.plan.labels[HASH_LABEL] === hash).length,
      ready: present.filter((pod) => pod.state().ready).length,
      available: present.filter((pod) => availableIn(pod, spec, now) <= 0).length,
    };
    const signature = JSON.stringify(counts);
    const before = progress.get(deployment.metadata.uid);
    const stillSince = before?.signature === signature ? before.since : now;
    progress.set(deployment.metadata.uid, { signature, since: stillSince });
    const { maxUnavailable } = rolloutBounds(spec.strategy?.rollingUpdate, desired);
    const progressDeadlineMs = (spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) * 1000;
    return { ...counts, maxUnavailable, stillSince, progressDeadlineMs, now, obstacle };
  };

  const staying = (deployment: KubeObject): Pod[] =>
    pods.ownedBy(deployment.metadata).filter((pod) => !pod.isLeaving() && pod.state().phase !== "Failed");

  const unsubscribe = store.onChange(({ object }) => {
    if (object.kind === "Deployment") schedule(object.metadata.uid);
    if (object.kind === "Pod" && object.metadata.owner?.kind === "Deployment") schedule(object.metadata.owner.uid);
    if (object.kind === "ServiceAccount") {
      for (const deployment of store.list("Deployment", object.metadata.namespace)) schedule(deployment.metadata.uid);
    }
  });
  return {
    close() {
      closed = true;
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** Milliseconds until a pod counts as available (0 or less: it does); infinite for one that isn't ready. */
function availableIn(pod: Pod, spec: DeploymentSpec, now: number): number {
  const { ready, readySince } = pod.state();
  return ready ? readySince + (spec.minReadySeconds ?? 0) * 1000 - now : Number.POSITIVE_INFINITY;
}
