import {
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1PodStatus,
} from "@kubernetes/client-node";
import pRetry from "p-retry";
import type { Sources } from "./environment.ts";

/** What a node asks of the API server. */
export interface NodeApi extends Sources {
  config: KubeConfig;
  core: CoreV1Api;
  coordination: CoordinationV1Api;
  patchStatus(pod: V1Pod, status: V1PodStatus): Promise<void>;
  remove(pod: V1Pod): Promise<void>;
}

const isGone = (error: unknown): boolean => error instanceof ApiException && (error.code === 404 || error.code === 409);

async function unlessGone<T>(work: () => Promise<T>): Promise<T | null> {
  return pRetry(work, {
    retries: 5,
    minTimeout: 100,
    maxTimeout: 2_000,
    shouldRetry: ({ error }) => !isGone(error),
  }).catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });
}

/** Opens the API server that a kubeconfig names. */
export function openNodeApi(kubeconfig: string): NodeApi {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const named = ({ metadata }: V1Pod) => ({ name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" });
  return {
    config,
    core,
    coordination: config.makeApiClient(CoordinationV1Api),
    async configMap(namespace, name) {
      const found = await unlessGone(() => core.readNamespacedConfigMap({ namespace, name }));
      return found === null ? null : (found.data ?? {});
    },
    async secret(namespace, name) {
      const found = await unlessGone(() => core.readNamespacedSecret({ namespace, name }));
      if (found === null) return null;
      const entries = Object.entries(found.data ?? {});
      return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
    },
    async patchStatus(pod, status) {
      // The uid guards against a pod of the same name that came since.
      const body = { metadata: { uid: pod.metadata?.uid }, status };
      const strategic = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
      await unlessGone(() => core.patchNamespacedPodStatus({ ...named(pod), body }, strategic));
    },
    async remove(pod) {
      const uid = pod.metadata?.uid;
      const body = { gracePeriodSeconds: 0, ...(uid === undefined ? {} : { preconditions: { uid } }) };
      await unlessGone(() => core.deleteNamespacedPod({ ...named(pod), body }));
    },
  };
}
