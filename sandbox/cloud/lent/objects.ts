import { setTimeout as delay } from "node:timers/promises";
import { ApiException, CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { SANDBOX_MARK } from "../../../infra/clients/kubernetes.ts";

const GONE_WITHIN_MS = 120_000;
const POLL_MS = 500;

/** What the sandbox itself makes, reads and removes on a cluster that is lent to it. */
export interface LentObjects {
  /** Whether the cluster has the mark of a sandbox: its own, or one that died. */
  isMarked(): Promise<boolean>;
  mark(): Promise<void>;
  unmark(): Promise<void>;
  hasNamespace(name: string): Promise<boolean>;
  /** Deletes the namespaces and waits until they are gone. @throws Error where one stays */
  removeNamespaces(names: readonly string[]): Promise<void>;
  pods(namespace: string): Promise<V1Pod[]>;
}

const hasCode = (error: unknown, code: number): boolean => error instanceof ApiException && error.code === code;

async function unlessCode(code: number, work: Promise<unknown>): Promise<"done" | "left out"> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (hasCode(error, code)) return "left out";
    throw error;
  }
}

/** Opens the cluster that a kubeconfig's current context names. */
export function openLentObjects(kubeconfig: string): LentObjects {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const { name, namespace } = SANDBOX_MARK;
  const hasNamespace = async (wanted: string) =>
    (await unlessCode(404, core.readNamespace({ name: wanted }))) === "done";
  return {
    isMarked: async () => (await unlessCode(404, core.readNamespacedConfigMap({ name, namespace }))) === "done",
    async mark() {
      await unlessCode(409, core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } }));
    },
    async unmark() {
      await unlessCode(404, core.deleteNamespacedConfigMap({ name, namespace }));
    },
    hasNamespace,
    async removeNamespaces(names) {
      await Promise.all(names.map((doomed) => unlessCode(404, core.deleteNamespace({ name: doomed }))));
      const deadline = Date.now() + GONE_WITHIN_MS;
      for (const doomed of names) {
        while (await hasNamespace(doomed)) {
          if (Date.now() > deadline) throw new Error(`namespace ${doomed} is still being deleted: see what keeps it`);
          await delay(POLL_MS);
        }
      }
    },
    async pods(wanted) {
      return (await core.listNamespacedPod({ namespace: wanted })).items;
    },
  };
}
