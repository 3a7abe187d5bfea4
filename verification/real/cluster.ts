import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { SERVICE_USER } from "../scenarios/service-rights.ts";
import { type ApiServer, startApiServer } from "./control-plane/api-server.ts";
import { auditing } from "./control-plane/audit.ts";
import { clusterCertificates } from "./control-plane/certificates.ts";
import { applyDefinitions, applyFiles, mustCreate } from "./control-plane/definitions.ts";
import { kubeconfig } from "./control-plane/kubeconfig.ts";
import { endOfLog, endProgram, startProgram } from "./control-plane/programs.ts";
import { installGateway, NAMESPACE, TRAEFIK_IMAGE, type TraefikProvider } from "./gateway.ts";
import type { NodeOptions } from "./node/main.ts";
import type { RealParts } from "./parts.ts";

/** The context under which the kubeconfig names the cluster. */
export const CONTEXT = "real-parts";
const NODES = [1, 2].map((n) => ({ name: `node-${n}`, address: `10.244.${n}.1`, pods: `10.244.${n}` }));
const METRICS_API = { host: "10.244.250.1", port: 4_443 };
const READY_WITHIN = 120_000;
const POLL = 250;

/** A control plane, two nodes and a Gateway, inside this process' network namespace. */
export interface RealCluster {
  server: ApiServer;
  /** a kubeconfig of someone who may do everything */
  kubeconfig: string;
  /** one of someone who may look and do nothing */
  viewer: string;
  /** where every part's log lies */
  logs: string;
  /** what the API server was asked by the user whom it watches: an audit event a line */
  audit: string;
  close(): Promise<void>;
}

/** What a cluster has beside the Gateway API. */
export interface Beside {
  /** files of CustomResourceDefinitions */
  definitions: readonly string[];
  /** Traefik's providers, the Gateway API's among them */
  providers: readonly TraefikProvider[];
}
const NOTHING_BESIDE: Beside = { definitions: [], providers: ["kubernetesgateway"] };

async function until(what: string, log: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${READY_WITHIN / 1_000} s for ${what}:\n${await endOfLog(log)}`);
    await delay(POLL);
  }
}

const conditionsSchema = z.object({
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .default({ conditions: [] }),
});

/** Whether an object's status has a condition that holds. */
async function hasCondition(server: ApiServer, path: string, type: string): Promise<boolean> {
  const { status, body } = await server.send("GET", path);
  if (status !== 200) return false;
  return conditionsSchema.parse(body).status.conditions.some((one) => one.type === type && one.status === "True");
}

/** The API that the HorizontalPodAutoscaler reads is served by the nodes, behind a Service without a selector. */
async function registerMetricsApi(server: ApiServer): Promise<void> {
  const metadata = { name: "metrics-server", namespace: "kube-system" };
  await mustCreate(server, "/api/v1/namespaces/kube-system/services", {
    metadata,
    spec: { ports: [{ name: "https", port: 443, targetPort: METRICS_API.port }] },
  });
  await mustCreate(server, "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices", {
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [METRICS_API.host], conditions: { ready: true } }],
    ports: [{ name: "https", port: METRICS_API.port }],
  });
  await mustCreate(server, "/apis/apiregistration.k8s.io/v1/apiservices", {
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      service: { name: metadata.name, namespace: metadata.namespace, port: 443 },
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    },
  });
}

/** Starts the nodes as one process, and waits until they are registered. */
async function startNodes(options: NodeOptions, log: string): Promise<ChildProcess> {
  const file = openSync(log, "a");
  const child = fork(join(import.meta.dirname, "node/main.ts"), [JSON.stringify(options)], {
    stdio: ["ignore", file, file, "ipc"],
  });
  const ready = new Promise<"ready" | "ended">((resolve) => {
    child.once("message", () => resolve("ready"));
    child.once("exit", () => resolve("ended"));
  });
  if ((await ready) === "ended") throw new Error(`the nodes have ended:\n${await endOfLog(log)}`);
  return child;
}

async function endNodes(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/**
 * Brings everything up: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, two nodes, Traefik and its Gateway. The pods
 * run images of the sandbox in `sandbox`, which may come up later.
 * @param beside what it has beside the Gateway API; nothing unless said
 * @throws Error with the end of a log where a part doesn't come up; then nothing is left
 */
export async function startRealCluster(
  parts: Omit<RealParts, "provider">,
  sandbox: string,
  beside: Beside = NOTHING_BESIDE,
): Promise<RealCluster> {
  const room = await mkdtemp(join(tmpdir(), "real-cluster-"));
  const ends: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of ends.toReversed()) await end();
    await rm(room, { recursive: true, force: true });
  };
  const log = (name: string) => join(room, `${name}.log`);
  try {
    const addresses = ["127.0.0.1", ...NODES.map(({ address }) => address), METRICS_API.host];
    const certificates = await clusterCertificates(join(room, "tls"), addresses);
    const viewer = { name: "viewer", token: randomBytes(24).toString("hex"), group: "viewers" };
    const { caFile, client, server: own } = certificates;
    const audit = await auditing(room, SERVICE_USER);
    const server = await startApiServer(parts, {
      room,
      authorization: "RBAC",
      users: [viewer],
      certificate: { ...own, caFile },
      more: [
        "--kubelet-preferred-address-types=InternalIP",
        `--kubelet-client-certificate=${client.certFile}`,
        `--kubelet-client-key=${client.keyFile}`,
        `--requestheader-client-ca-file=${caFile}`,
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        `--proxy-client-cert-file=${client.certFile}`,
        `--proxy-client-key-file=${client.keyFile}`,
        "--enable-aggregator-routing=true",
        ...audit.arguments,
      ],
    });
    ends.push(server.close);
    const admin = join(room, "kubeconfig");
    await writeFile(admin, kubeconfig(CONTEXT, server), { mode: 0o600 });
    const looking = join(room, "kubeconfig-viewer");
    await writeFile(looking, kubeconfig(CONTEXT, { ...server, token: viewer.token }), { mode: 0o600 });
    const tokenFile = join(room, "token");
    await writeFile(tokenFile, server.token, { mode: 0o600 });

    await applyDefinitions(server, parts.definitions);
    await applyFiles(server, beside.definitions);
    await mustCreate(server, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "viewers" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "Group", name: viewer.group, apiGroup: "rbac.authorization.k8s.io" }],
    });
    const controllers = startProgram(
      parts.controllerManager,
      [
        `--kubeconfig=${admin}`,
        `--service-account-private-key-file=${server.serviceAccountKey}`,
        `--root-ca-file=${caFile}`,
        "--leader-elect=false",
        "--horizontal-pod-autoscaler-sync-period=5s",
        // Processes of one overloaded machine may be late with their leases.
        "--node-monitor-grace-period=120s",
        "--bind-address=127.0.0.1",
        "--secure-port=10257",
      ],
      log("kube-controller-manager"),
    );
    const scheduler = startProgram(
      parts.scheduler,
      [`--kubeconfig=${admin}`, "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=10259"],
      log("kube-scheduler"),
    );
    ends.push(
      () => endProgram(controllers),
      () => endProgram(scheduler),
    );
    const nodes = await startNodes(
      {
        kubeconfig: admin,
        folder: join(room, "nodes"),
        sandbox,
        key: own.keyFile,
        cert: own.certFile,
        programs: { [TRAEFIK_IMAGE]: parts.traefik },
        nodes: NODES,
        metrics: METRICS_API,
      },
      log("nodes"),
    );
    ends.push(() => endNodes(nodes));
    await registerMetricsApi(server);
    await installGateway(server, { url: server.url, ca: caFile, tokenFile }, beside.providers);
    const gateway = `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/gateways/public`;
    await until("the Gateway", log("nodes"), () => hasCondition(server, gateway, "Programmed"));
    const metrics = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
    await until("the metrics API", log("kube-apiserver"), () => hasCondition(server, metrics, "Available"));
    return { server, kubeconfig: admin, viewer: looking, logs: room, audit: audit.log, close };
  } catch (error) {
    await close();
    throw error;
  }
}
