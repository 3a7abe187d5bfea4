import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { KubeObject, OwnerReference } from "../objects.ts";
import { openLog } from "./logs.ts";
import type { PodMachine, PodPlan } from "./plan.ts";
import { type Pod, startPod } from "./pod.ts";

export type PodRequest = Omit<PodPlan, "name"> & { namePrefix: string };

/** The pods of the cluster, by their owners. */
export interface Pods {
  create(request: PodRequest): Pod;
  ownedBy(owner: Pick<OwnerReference, "uid">): Pod[];
  inNamespace(namespace: string): Pod[];
  /** The pods that a data plane sends requests to: those that are ready, and for a while those that no longer are. */
  served(namespace: string): Pod[];
  find(namespace: string, name: string): Pod | undefined;
  /** Ends every pod, by force after the given time. */
  close(graceMilliseconds: number): Promise<void>;
}

/**
 * How long a data plane goes on sending requests to a pod that was told to end, is gone or isn't ready: it learns of it from the
 * EndpointSlices, while the kubelet sends SIGTERM at once. Measured on Traefik 3.7: what the API server says is routed by up to 1.9 s
 * later, and a roll at 40 requests/s without a preStop hook lost 45 of them.
 */
const WITHDRAWN_AFTER_MS = 1_900;
const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LONGEST_PREFIX = 57;

export function createPods(machine: PodMachine, logFolder: string): Pods {
  const pods = new Map<string, Pod>();
  const gone = new Set<Pod>();
  machine.store.onChange(({ type, object }) => {
    if (type !== "removed" || object.kind !== "Pod") return;
    const pod = pods.get(object.metadata.uid);
    if (pod !== undefined) gone.add(pod);
    pods.delete(object.metadata.uid);
  });
  const isServed = (pod: Pod): boolean => {
    const withdrawnAt = pod.withdrawnAt();
    if (withdrawnAt === undefined) return pod.state().ready;
    return Date.now() - withdrawnAt < WITHDRAWN_AFTER_MS;
  };
  return {
    create({ namePrefix, ...request }) {
      const name = `${namePrefix.slice(0, LONGEST_PREFIX)}-${suffix()}`;
      const plan: PodPlan = { ...request, name };
      const pod = startPod(plan, recordPod(machine, plan), openLog(join(logFolder, `${name}.log`)), machine);
      pods.set(pod.uid, pod);
      return pod;
    },
    ownedBy: ({ uid }) => [...pods.values()].filter((pod) => pod.plan.owner.uid === uid),
    inNamespace: (namespace) => [...pods.values()].filter((pod) => pod.plan.namespace === namespace),
    served(namespace) {
      for (const pod of gone) if (!isServed(pod)) gone.delete(pod);
      return [...pods.values(), ...gone].filter((pod) => pod.plan.namespace === namespace && isServed(pod));
    },
    find: (namespace, name) =>
      [...pods.values()].find((pod) => pod.plan.namespace === namespace && pod.plan.name === name),
    async close(grace) {
      await Promise.all([...pods.values()].map((pod) => pod.end(grace)));
    },
  };
}

function recordPod(machine: PodMachine, plan: PodPlan): KubeObject {
  return machine.store.apply({
    kind: "Pod",
    namespace: plan.namespace,
    name: plan.name,
    labels: plan.labels,
    annotations: plan.annotations,
    owner: plan.owner,
    body: { spec: { ...plan.wireSpec, nodeName: "sandbox" } },
  });
}

function suffix(): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join("");
}
