import { ApiException, PatchStrategy, setHeaderOptions, V1MicroTime, type V1Node } from "@kubernetes/client-node";
import type { NodeApi } from "./api.ts";
import { KUBELET_PORT } from "./kubelet-api.ts";

/** A lease that isn't renewed for 40 s makes its node unready (node-monitor-grace-period). */
const RENEW_EVERY = 10_000;
const LEASES = "kube-node-lease";
const CAPACITY = { cpu: "16", memory: "16Gi", pods: "110" };

async function unlessThere(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof ApiException && error.code === 409)) throw error;
  });
}

function nodeOf(name: string, address: string): V1Node {
  const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": name };
  return { metadata: { name, labels }, spec: { taints: [] }, status: statusOf(address) };
}

function statusOf(address: string): NonNullable<V1Node["status"]> {
  const now = new Date();
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: "",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    addresses: [{ type: "InternalIP", address }],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    capacity: CAPACITY,
    allocatable: CAPACITY,
    // Without it the API server speaks SPDY to the kubelet (pkg/registry/core/pod/rest/subresources.go, checkNodeSupportsWebsockets).
    declaredFeatures: ["ExtendWebSocketsToKubelet"],
    conditions: [
      condition("Ready", "True", "KubeletReady"),
      condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
      condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
      condition("PIDPressure", "False", "KubeletHasSufficientPID"),
    ],
  };
}

/** Makes the Node and its Lease, and renews the Lease until the signal fires. */
export async function registerNode(
  { core, coordination }: NodeApi,
  { name, address }: { name: string; address: string },
  signal: AbortSignal,
): Promise<void> {
  await unlessThere(core.createNode({ body: nodeOf(name, address) }));
  const spec = () => ({ holderIdentity: name, leaseDurationSeconds: 40, renewTime: new V1MicroTime() });
  const body = { metadata: { name, namespace: LEASES }, spec: spec() };
  await unlessThere(coordination.createNamespacedLease({ namespace: LEASES, body }));
  const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  const renew = setInterval(() => {
    coordination
      .patchNamespacedLease({ name, namespace: LEASES, body: { spec: spec() } }, merge)
      .catch((error: unknown) => process.stderr.write(`the lease of ${name}: ${error}\n`));
  }, RENEW_EVERY);
  signal.addEventListener("abort", () => clearInterval(renew));
}
