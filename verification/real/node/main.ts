/**
 * The nodes of `npm run test:real`, as one process: `main.ts OPTIONS` (JSON). Each registers itself, runs the pods that the scheduler
 * binds to it as processes of this machine, and answers the API server for their logs; together they serve what pods use.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeInformer, type V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { openLog } from "../../../sandbox/cloud/cluster/pods/logs.ts";
import { baseEnvironment } from "../../../sandbox/cloud/cluster/pods/process.ts";
import { openImages } from "../../../sandbox/cloud/images.ts";
import { openProcesses } from "../../../sandbox/cloud/processes.ts";
import { pathsIn, readReady } from "../../../sandbox/cloud/state.ts";
import { podAddresses } from "./addresses.ts";
import { openNodeApi } from "./api.ts";
import { environmentOf } from "./environment.ts";
import { startOf } from "./images.ts";
import { serveKubelet } from "./kubelet-api.ts";
import { serveMetrics } from "./metrics-api.ts";
import { type NodePod, type PodMachine, runPod } from "./pod.ts";
import { readFaults, watchFaults } from "./pod-faults.ts";
import { registerNode } from "./register.ts";

/** What the nodes are started with. */
const nodeOptionsSchema = z.object({
  kubeconfig: z.string(),
  /** of logs and process records */
  folder: z.string(),
  /** the sandbox's folder, whose images and services the pods use */
  sandbox: z.string(),
  key: z.string(),
  cert: z.string(),
  /** programs of this machine, by the image's name that a pod gives them */
  programs: z.record(z.string(), z.string()),
  nodes: z.array(z.object({ name: z.string(), address: z.string(), pods: z.string() })),
  metrics: z.object({ host: z.string(), port: z.int() }),
});
export type NodeOptions = z.infer<typeof nodeOptionsSchema>;

const URL_VALUE = /^[a-z][a-z0-9+.-]*:\/\//i;
const BIND = pathToFileURL(join(import.meta.dirname, "bind.mjs")).href;

const options = nodeOptionsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
const tls = { key: readFileSync(options.key, "utf8"), cert: readFileSync(options.cert, "utf8") };
const api = openNodeApi(options.kubeconfig);
const paths = pathsIn(options.sandbox);
const images = openImages(paths.images);
const { spawnRecorded, endAll } = openProcesses(join(options.folder, "processes"));
const leaving = new AbortController();
const pods = new Map<string, NodePod>();
const nodes = new Map(options.nodes.map((node) => [node.name, { ...node, addresses: podAddresses(node.pods) }]));

/** The DNS of this cluster: a URL whose host the sandbox serves becomes the address where it is served. */
function resolved(value: string): string {
  if (!URL_VALUE.test(value)) return value;
  const [, authority = ""] = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]+)/.exec(value) ?? [];
  const origin = readReady(paths)?.services[authority];
  if (origin === undefined) return value;
  const url = new URL(origin);
  return value.replace(/^[a-z]+:/, url.protocol).replace(authority, url.host);
}

const prepare: PodMachine["prepare"] = async (container, pod, podIP) => {
  const values = await environmentOf(container, pod, podIP, api);
  const start = await startOf(container, values, { images, programs: options.programs, folder: options.folder });
  if ("reason" in start) return start;
  const ready = readReady(paths);
  const own = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolved(value)]));
  return {
    ...start,
    environment: {
      ...baseEnvironment(),
      ...(ready === null ? {} : { NODE_EXTRA_CA_CERTS: ready.caFile }),
      HOSTNAME: pod.metadata?.name ?? "",
      ...own,
      ...readFaults(options.sandbox)[pod.metadata?.name ?? ""],
      NODE_OPTIONS: `--import=${BIND}`,
      RUNBOOKS_POD_IP: podIP,
    },
  };
};

function begin(pod: V1Pod): void {
  const node = nodes.get(pod.spec?.nodeName ?? "");
  const { uid = "", namespace, name } = pod.metadata ?? {};
  if (node === undefined || pods.has(uid) || ["Succeeded", "Failed"].includes(pod.status?.phase ?? "")) return;
  const podIP = node.addresses.take();
  const started = runPod(pod, {
    hostIP: node.address,
    podIP,
    output: openLog(join(options.folder, "pods", `${namespace}_${name}.log`)),
    spawnRecorded,
    prepare,
    patch: (of, status) =>
      api.patchStatus(of, status).catch((error: unknown) => {
        process.stderr.write(`the status of ${namespace}/${name}: ${error}\n`);
      }),
    remove: api.remove,
  });
  pods.set(uid, started);
  started.finished
    .catch((error: unknown) => process.stderr.write(`pod ${namespace}/${name}: ${error}\n`))
    .finally(() => node.addresses.giveBack(podIP));
}

function heed(pod: V1Pod): void {
  begin(pod);
  pods.get(pod.metadata?.uid ?? "")?.heed(pod);
}

const find = (namespace: string, name: string) =>
  [...pods.values()].findLast(({ pod }) => pod().metadata?.namespace === namespace && pod().metadata?.name === name);
const kubelets = options.nodes.map(({ address }) => serveKubelet(find, { ...tls, host: address }));
const metrics = serveMetrics(() => [...pods.values()], { ...tls, ...options.metrics });

const informer = makeInformer(api.config, "/api/v1/pods", () => api.core.listPodForAllNamespaces());
informer.on("add", heed);
informer.on("update", heed);
informer.on("delete", (pod) => {
  const uid = pod.metadata?.uid ?? "";
  // Removed by force: nobody waits for its end.
  void pods
    .get(uid)
    ?.kill()
    .finally(() => pods.delete(uid));
});
informer.on("error", () => {
  if (!leaving.signal.aborted) setTimeout(() => void informer.start(), 500);
});

async function leave(): Promise<void> {
  if (leaving.signal.aborted) return;
  leaving.abort();
  await informer.stop();
  await Promise.all([...pods.values()].map((pod) => pod.kill()));
  metrics.close();
  for (const server of kubelets) server.closeAllConnections();
  await endAll();
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void leave());
process.once("disconnect", () => void leave());

watchFaults(
  options.sandbox,
  (names) => {
    for (const pod of pods.values()) {
      const pid = pod.pid();
      if (pid !== null && names.includes(pod.pod().metadata?.name ?? "")) process.kill(-pid, "SIGKILL");
    }
  },
  leaving.signal,
);

for (const node of options.nodes) await registerNode(api, node, leaving.signal);
await informer.start();
process.send?.("ready");
