import type { V1Pod } from "@kubernetes/client-node";
import { openKubernetes } from "../../../infra/clients/kubernetes.ts";
import { RELEASE_LABEL } from "../../../infra/domain/object-names.ts";
import type { Stage } from "../accounts.ts";
import type { PodSummary } from "../cluster/index.ts";
import type { WorldCluster } from "../world-cluster.ts";
import { openLentObjects } from "./objects.ts";
import type { Lent } from "./place.ts";

/** Phases of a Job's pod that has done its work. */
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

function summaryOf({ metadata, status }: V1Pod): PodSummary {
  const [container] = status?.containerStatuses ?? [];
  return {
    name: metadata?.name ?? "",
    namespace: metadata?.namespace ?? "",
    release: metadata?.labels?.[RELEASE_LABEL] ?? null,
    phase: status?.phase ?? "Unknown",
    ready: (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True"),
    restarts: container?.restartCount ?? 0,
    pid: null,
    port: null,
    log: "",
  };
}

function notHere(what: string): never {
  throw new Error(`${what} can't be broken on a cluster of your own: only the sandbox's own cluster takes that fault`);
}

/**
 * A cluster that is there already: the engine brings the official provider, and Deployments, pods and the Gateway are the
 * cluster's. The sandbox marks it as lent, and at its end removes the mark and the stacks' namespaces.
 */
export async function borrowCluster({ kubeconfig, stages }: Lent): Promise<WorldCluster> {
  process.env.KUBECONFIG = kubeconfig;
  const [objects, kubernetes] = [openLentObjects(kubeconfig), await openKubernetes({ context: null })];
  const namespaces = Object.values(stages).map(({ namespace }) => namespace);
  if (await objects.isMarked()) await objects.removeNamespaces(namespaces);
  for (const namespace of namespaces) {
    if (!(await objects.hasNamespace(namespace))) continue;
    throw new Error(
      `the cluster has a namespace ${namespace} already: name another one in the setting cluster.namespace, or delete it`,
    );
  }
  await objects.mark();
  const gatewayUrl = async (stage: Stage) => {
    const { gateway, url } = stages[stage];
    return url ?? (await kubernetes.gatewayUrl(gateway.namespace, gateway.name, stage));
  };
  return {
    handler: null,
    kubeconfig: null,
    async status(stage) {
      const pods = (await objects.pods(stages[stage].namespace)).map(summaryOf);
      return { gateway: await gatewayUrl(stage), pods: pods.filter(({ phase }) => !ENDED.has(phase)) };
    },
    loggingPods: () => [],
    requests: () => 0,
    setLatency: () => notHere("the Gateway's latency"),
    cutGateway: () => notHere("the line to the Gateway"),
    fault: () => ({ supabaseKey: () => notHere("a release's Secret"), pod: () => notHere("one pod") }),
    async close() {
      await objects.removeNamespaces(namespaces);
      await objects.unmark();
    },
  };
}
