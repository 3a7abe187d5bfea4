import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lag } from "../../sandbox/cloud/cluster/gateway/data-plane.ts";
import { type Cluster, createCluster } from "../../sandbox/cloud/cluster/index.ts";
import { InitializationFailed, type Props, type ResourceContext } from "../../sandbox/cloud/handler.ts";
import { openImages } from "../../sandbox/cloud/images.ts";
import { openProcesses } from "../../sandbox/cloud/processes.ts";
import { makeCertificates } from "../../sandbox/cloud/stores/certificates.ts";

const SERVER = `
import { createServer } from "node:http";
import { createHash } from "node:crypto";
let state = process.env.MODE === "never-ready" ? "unready" : "ready";
if (process.env.MODE === "crash") { console.error("cannot reach " + process.env.DATABASE_URL); process.exit(3); }
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://pod");
  if (url.pathname === "/ready") return response.writeHead(state === "ready" ? 200 : 503).end();
  if (url.pathname === "/unready") { state = "unready"; return response.end(); }
  if (url.pathname === "/env") return response.end(JSON.stringify(process.env));
  if (url.pathname === "/headers") return response.end(JSON.stringify(request.headers));
  if (url.pathname === "/echo") return request.pipe(response);
  if (url.pathname === "/exit") return process.exit(0);
  if (url.pathname === "/leak") { const kept = []; setInterval(() => kept.push(Buffer.alloc(8 << 20, 1)), 5); return response.end(); }
  if (url.pathname === "/error") return response.writeHead(500).end();
  if (url.pathname === "/slow") return setTimeout(() => response.end("late"), Number(url.searchParams.get("ms")));
  response.setHeader("set-cookie", ["a=1", "b=2"]);
  response.end(process.env.RELEASE_ID ?? "");
});
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: Upgrade\\r\\nsec-websocket-accept: " + accept + "\\r\\n\\r\\n");
  socket.on("data", (data) => socket.write(data)).on("error", () => {});
  process.on("SIGTERM", () => socket.end("bye"));
});
process.on("SIGTERM", () => { console.log("draining"); state = "unready"; server.close(() => process.exit(0)); });
server.listen(process.env.PORT, "127.0.0.1", () => console.log("listening"));
`;
const JOB = `
const [mode, secret] = [process.argv[2], process.env.TOKEN];
console.log("migrating with " + secret);
if (mode === "hang") setInterval(() => {}, 1000);
else process.exit(mode === "fail" ? 2 : 0);
`;

/** A cluster of its own with one image, on a temporary folder. */
export interface World {
  dir: string;
  cluster: Cluster;
  image: string;
  /** Declares an object as the engine would; the answer is the provider's. */
  create(
    type: string,
    inputs: Props,
    timeoutSeconds?: number,
    environment?: Record<string, string>,
  ): Promise<{ id: string; outputs: Props }>;
  update(
    type: string,
    id: string,
    inputs: Props,
    timeoutSeconds?: number,
    ignoreChanges?: readonly string[],
  ): Promise<{ outputs: Props }>;
  remove(type: string, id: string): Promise<void>;
  /** A read of the Kubernetes API. */
  read(path: string, accept?: string): Promise<Response>;
  close(): Promise<void>;
}

export const NAMESPACE = "app-staging";

export async function openWorld(lag: Lag = () => 0): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "cluster-"));
  const source = join(dir, "source");
  await mkdir(source);
  await writeFile(
    join(source, "package.json"),
    JSON.stringify({ type: "module", scripts: { start: "node server.js" } }),
  );
  await writeFile(join(source, "server.js"), SERVER);
  await writeFile(join(source, "job.js"), JOB);
  const images = openImages(join(dir, "images"));
  const image = await images.build(source, "app");
  const processes = openProcesses(join(dir, "processes"));
  const cluster = await createCluster({
    lag,
    dir,
    images,
    resolveHost: (url) => url.replace("db.example.com:5432", "127.0.0.1:15432"),
    spawnRecorded: processes.spawnRecorded,
    log: () => undefined,
    certificates: await makeCertificates(join(dir, "tls")),
  });
  const handlerOf = (type: string) => {
    const handler = cluster.handler.resource(type);
    if (handler === undefined) throw new Error(`no handler for ${type}`);
    return handler;
  };
  const context = (type: string, timeoutSeconds = 20): ResourceContext => ({
    urn: `urn:pulumi:staging::production-runbooks::${type}::it`,
    type,
    name: "it",
    stack: "staging",
    timeoutSeconds,
    preview: "apply",
  });
  const world: World = {
    dir,
    cluster,
    image,
    async create(type, inputs, timeout, environment = {}) {
      const handler = handlerOf(type);
      const { inputs: checked, failures } = handler.check(inputs, context(type));
      if (failures.length > 0) throw new Error(failures.map((failure) => failure.reason).join("; "));
      return handler.create(checked, { ...context(type, timeout), engineEnvironment: () => environment });
    },
    update: (type, id, inputs, timeout, ignoreChanges = []) =>
      handlerOf(type).update(id, {}, inputs, { ...context(type, timeout), ignoreChanges }),
    remove: (type, id) => handlerOf(type).delete(id, {}, context(type)),
    read: (path, accept = "application/json") =>
      fetch(`${cluster.apiServer.url}${path}`, {
        headers: { authorization: `Bearer ${cluster.apiServer.token}`, accept },
      }),
    async close() {
      await cluster.close();
      await processes.endAll();
      await rm(dir, { recursive: true, force: true });
    },
  };
  await world.create(TYPES.namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  return world;
}

export const TYPES = {
  namespace: "kubernetes:core/v1:Namespace",
  secret: "kubernetes:core/v1:Secret",
  configMap: "kubernetes:core/v1:ConfigMap",
  serviceAccount: "kubernetes:core/v1:ServiceAccount",
  role: "kubernetes:rbac.authorization.k8s.io/v1:Role",
  roleBinding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  service: "kubernetes:core/v1:Service",
  deployment: "kubernetes:apps/v1:Deployment",
  job: "kubernetes:batch/v1:Job",
  autoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  route: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
} as const;

/** A Deployment of the test image; `env` goes into its container. */
export function deployment(
  world: World,
  release: string,
  options: {
    replicas?: number;
    env?: Props[];
    envFrom?: Props[];
    image?: string;
    progressDeadlineSeconds?: number;
    probePath?: string;
    /** how long a pod goes on serving before its SIGTERM */
    preStopSeconds?: number;
    memory?: string;
    /** what else its pods and their container are declared with */
    pod?: Props;
    container?: Props;
  } = {},
): Props {
  const labels = { "app.kubernetes.io/name": "app", "runbooks.dev/release": release };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `app-${release}`, namespace: NAMESPACE, labels },
    spec: {
      replicas: options.replicas ?? 1,
      ...(options.progressDeadlineSeconds === undefined
        ? {}
        : { progressDeadlineSeconds: options.progressDeadlineSeconds }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 5,
          ...options.pod,
          containers: [
            {
              name: "app",
              image: options.image ?? world.image,
              ports: [{ name: "http", containerPort: 8080 }],
              env: [{ name: "RELEASE_ID", value: release }, { name: "PORT", value: "8080" }, ...(options.env ?? [])],
              envFrom: options.envFrom ?? [],
              ...(options.memory === undefined ? {} : { resources: { limits: { memory: options.memory } } }),
              readinessProbe: { httpGet: { path: options.probePath ?? "/ready", port: "http" }, periodSeconds: 1 },
              ...(options.preStopSeconds === undefined
                ? {}
                : { lifecycle: { preStop: { sleep: { seconds: options.preStopSeconds } } } }),
              ...options.container,
            },
          ],
        },
      },
    },
  };
}

export function service(release: string): Props {
  const labels = { "app.kubernetes.io/name": "app", "runbooks.dev/release": release };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `app-${release}`, namespace: NAMESPACE, labels },
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  };
}

/** The route of the application: a rule per release by header, and one by weight. */
export function route(weights: Record<string, number>): Props {
  const backend = (release: string, weight: number): Props => ({
    name: `app-${release}`,
    port: 80,
    weight,
    filters: [
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: { set: [{ name: "x-runbooks-release", value: release }] },
      },
    ],
  });
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "app", namespace: NAMESPACE },
    spec: {
      parentRefs: [{ name: "public", namespace: "gateway-system", sectionName: "staging" }],
      hostnames: ["staging.app.example.com"],
      rules: [
        ...Object.keys(weights).map((release) => ({
          matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value: release }] }],
          backendRefs: [backend(release, 1)],
        })),
        { backendRefs: Object.entries(weights).map(([release, weight]) => backend(release, weight)) },
      ],
    },
  };
}

/** Looks until a condition holds. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  milliseconds = 10_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what}: not within ${milliseconds} ms`);
}

/** How the provider says that a resource has failed. */
export const failureOf = async (work: Promise<unknown>): Promise<InitializationFailed> => {
  const error = await work.then(
    () => assert.fail("it should have failed"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InitializationFailed, String(error));
  return error;
};

/** An immutable Secret. */
export const secret = (name: string, data: Record<string, string>): Props => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: NAMESPACE },
  immutable: true,
  stringData: data,
});
