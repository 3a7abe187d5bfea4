import { join } from "node:path";
import { SANDBOX_MARK } from "../../../infra/clients/kubernetes.ts";
import { RELEASE_LABEL } from "../../../infra/domain/object-names.ts";
import type { Props, ProviderHandler } from "../handler.ts";
import type { Images } from "../images.ts";
import type { SpawnRecorded } from "../processes.ts";
import type { Certificates } from "../stores/certificates.ts";
import { createTokens } from "./api/access.ts";
import { type ApiServer, METRICS_SERVICE, startApiServer } from "./api/server.ts";
import { type CpuPercent, runAutoscaler } from "./autoscaler.ts";
import { runDeployments } from "./deployments.ts";
import { runDisruptionBudgets } from "./disruption-budgets.ts";
import { type ClusterFaults, clusterFaults, podFaults } from "./faults.ts";
import { type Lag, measuredLag } from "./gateway/data-plane.ts";
import { startGateway } from "./gateway/gateway.ts";
import { runJobs } from "./jobs.ts";
import { createPods } from "./pods/registry.ts";
import { sourcesOf } from "./pods/sources.ts";
import { kubernetesHandler } from "./resources.ts";
import { createStore, type Store } from "./store.ts";

export interface ClusterOptions {
  /** How far the Gateway's data plane is behind; left out: as far as measured. */
  lag?: Lag;
  /** The sandbox's folder; the pods' logs go to `pods` in it. */
  dir: string;
  images: Images;
  /** Maps a URL to the loopback address where it is served; others come back as they are. */
  resolveHost(url: string): string;
  spawnRecorded: SpawnRecorded;
  log(message: string): void;
  /** Stacks, each with a listener of the Gateway under its name. */
  stages?: readonly string[];
  /** Variables that every pod gets; NODE_EXTRA_CA_CERTS and NODE_COMPILE_CACHE of this process where not given. */
  podEnvironment?: Record<string, string>;
  /** With which pods reach the API server; left out, none can. */
  certificates?: Certificates;
  /** Names of the kubeconfig's contexts. */
  contexts?: readonly string[];
  /** The CPU that a pod uses, in percent of what it requests; null where there are no metrics. Left out, nothing is scaled by load. */
  cpuPercent?: CpuPercent;
}

/** A pod as `runbook sandbox status` shows it. */
export interface PodSummary {
  name: string;
  namespace: string;
  release: string | null;
  phase: string;
  ready: boolean;
  restarts: number;
  pid: number | null;
  port: number | null;
  log: string;
}

export interface ClusterStatus {
  gateway: string;
  pods: PodSummary[];
}

export interface Cluster {
  handler: ProviderHandler;
  apiServer: Omit<ApiServer, "close">;
  /** @throws Error for a stack that has no listener */
  gatewayUrl(stack: string): string;
  status(stack: string): ClusterStatus;
  /** Milliseconds that every request waits at the gateway. */
  setLatency(milliseconds: number): void;
  /** Cuts the line between users and a stack's gateway, or joins it again. */
  cutGateway(stack: string, line: "cut" | "joined"): void;
  /** Breaks what a stack's pods are told; answers what it did. */
  fault(stack: string): { [Key in keyof ClusterFaults]: (asked: Parameters<ClusterFaults[Key]>[1]) => string };
  /** Requests that the gateway has counted for a stack. */
  requests(stack: string): number;
  /** Ends every pod (by force after two seconds), the gateway and the API server. */
  close(): Promise<void>;
}

const STAGES = ["staging", "production"] as const;
const CONTEXTS = ["sandbox"] as const;
const SYSTEM_NAMESPACES = ["default", "kube-system", "gateway-system"] as const;
/** Phases of a Job's pod that has done its work: `kubectl get pods` lists it, a status needn't. */
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);
const CLOSE_GRACE_MS = 2000;
const INHERITED = ["NODE_EXTRA_CA_CERTS", "NODE_COMPILE_CACHE"] as const;

/** Starts the sandbox's cluster: an object store with controllers that run pods as processes, a gateway, and the API's reads. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const stages = options.stages ?? STAGES;
  const podFolder = join(options.dir, "pods");
  const store = createStore();
  const owners = new Map<string, string>();
  seed(store);
  const broken = podFaults();
  const tokens = createTokens();
  const certificates = options.certificates ?? null;
  let forPods: string | null = null;
  const pods = createPods(
    {
      store,
      images: options.images,
      spawnRecorded: options.spawnRecorded,
      resolveHost: options.resolveHost,
      environment: options.podEnvironment ?? inheritedEnvironment(),
      sources: (namespace) => sourcesOf(store, namespace),
      access: (namespace, account) =>
        forPods === null || certificates === null
          ? null
          : { url: forPods, token: tokens.of(namespace, account), caFile: certificates.caFile },
      volumes: join(options.dir, "volumes"),
      faults: broken,
      log: options.log,
    },
    podFolder,
  );
  const controllers = [
    runDeployments(store, pods),
    runJobs(store, pods),
    runAutoscaler(store, options.cpuPercent),
    runDisruptionBudgets(store),
  ];
  const gateway = await startGateway({ store, pods, stages, lag: options.lag ?? measuredLag() });
  const { close: closeApi, ...apiServer } = await startApiServer(
    { store, pods, metrics: gateway.metrics, tokens, certificates },
    options.contexts ?? CONTEXTS,
  );
  forPods = apiServer.podsUrl;
  const gatewayUrl = (stack: string): string => {
    const url = gateway.url(stack);
    if (url === undefined)
      throw new Error(`the sandbox's Gateway has no listener for stack "${stack}": it has ${stages.join(", ")}`);
    return url;
  };

  const faults = clusterFaults(store, pods, broken);
  const namespacesOf = (stack: string) => [...owners].filter(([, owner]) => owner === stack).map(([name]) => name);

  return {
    handler: kubernetesHandler(
      store,
      pods,
      { claim: (namespace, stack) => void owners.set(namespace, stack) },
      options.images,
    ),
    apiServer,
    gatewayUrl,
    status(stack) {
      const found = namespacesOf(stack)
        .flatMap((namespace) => pods.inNamespace(namespace))
        .filter((pod) => !ENDED.has(pod.state().phase));
      return {
        gateway: gatewayUrl(stack),
        pods: found.map((pod) => {
          const { phase, ready, restarts } = pod.state();
          const { name, namespace, labels } = pod.plan;
          const release = labels[RELEASE_LABEL] ?? null;
          return {
            name,
            namespace,
            release,
            phase,
            ready,
            restarts,
            pid: pod.pid() ?? null,
            port: pod.port() ?? null,
            log: join(podFolder, `${name}.log`),
          };
        }),
      };
    },
    setLatency: gateway.setLatency,
    cutGateway: gateway.cut,
    requests: (stack) =>
      namespacesOf(stack).reduce((total, namespace) => total + gateway.metrics.requests(namespace), 0),
    fault: (stack) => ({
      supabaseKey: (key) => faults.supabaseKey(namespacesOf(stack), key),
      pod: (state) => faults.pod(namespacesOf(stack), state),
    }),
    async close() {
      for (const controller of controllers) controller.close();
      await pods.close(CLOSE_GRACE_MS);
      await Promise.all([gateway.close(), closeApi()]);
    },
  };
}

function seed(store: Store): void {
  for (const name of SYSTEM_NAMESPACES) {
    const namespace = store.apply({
      kind: "Namespace",
      namespace: "",
      name,
      labels: { "kubernetes.io/metadata.name": name },
      body: {},
    });
    store.setStatus(namespace, { phase: "Active" } satisfies Props);
  }
  store.apply({ kind: "ConfigMap", ...SANDBOX_MARK, body: { data: {} } });
  const { namespace, name, port } = METRICS_SERVICE;
  store.apply({ kind: "Service", namespace, name, body: { spec: { ports: [{ name: "metrics", port }] } } });
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
