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
  find(namespace: string, name: string): Pod | undefined;
  /** Ends every pod, by force after the given time. */
  close(graceMilliseconds: number): Promise<void>;
}

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LONGEST_PREFIX = 57;

export function createPods(machine: PodMachine, logFolder: string): Pods {
  const pods = new Map<string, Pod>();
  machine.store.onChange(({ type, object }) => {
    if (type === "removed" && object.kind === "Pod") pods.delete(object.metadata.uid);
  });
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
