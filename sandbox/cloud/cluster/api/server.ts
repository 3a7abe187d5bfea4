import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { listen } from "../gateway/listener.ts";
import { type GatewayMetrics, METRICS_CONTENT_TYPE } from "../gateway/metrics.ts";
import type { Pods } from "../pods/registry.ts";
import type { Store } from "../store.ts";
import { type Answer, allowed, failure, pathNotFound, text } from "./answers.ts";
import { discovery, version } from "./discovery.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { createLease, replaceLease } from "./leases.ts";
import { formatOf, getObject, listObjects } from "./objects.ts";
import { execUpgrade } from "./pod-exec.ts";
import { podLog } from "./pod-log.ts";
import { deleteJob, deletePod, podProxy } from "./pod-requests.ts";
import { type Target, targetOf } from "./request.ts";

/** The Kubernetes API's reads, commands in a pod, the deletion of a pod or a Job, and Leases, on loopback, for whoever has the token. */
export interface ApiServer {
  url: string;
  token: string;
  kubeconfig: string;
  close(): Promise<void>;
}

export interface ApiSources {
  store: Store;
  pods: Pods;
  metrics: GatewayMetrics;
}

/** The Service under which the gateway's metrics are read. */
export const METRICS_SERVICE = { namespace: "gateway-system", name: "gateway-metrics", port: 9090 } as const;

/** What one may do is asked by a POST that keeps nothing. */
const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const WRITES: ReadonlySet<string> = new Set(["POST", "PUT"]);
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const HEALTH: ReadonlySet<string> = new Set(["healthz", "livez", "readyz"]);

/** @param contexts names under which the kubeconfig offers this cluster, the first one as its current context */
export async function startApiServer(sources: ApiSources, contexts: readonly string[]): Promise<ApiServer> {
  const token = randomBytes(32).toString("hex");
  const answer = async (request: IncomingMessage): Promise<Answer> =>
    isAuthorized(request, token) ? answerTo(sources, request) : failure(401, "Unauthorized");
  const server = createServer(async (request, response) => {
    const { code, contentType, body } = await answer(request).catch((error: unknown) =>
      failure(500, error instanceof Error ? error.message : String(error)),
    );
    response.writeHead(code, { "content-type": contentType, "cache-control": "no-cache, private" });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  server.on("upgrade", (request, socket, head) => {
    if (isAuthorized(request, token)) execUpgrade(sources.pods, request, socket, head);
    else socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
  });
  const port = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    token,
    kubeconfig: kubeconfigText(url, token, contexts),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function answerTo(sources: ApiSources, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://sandbox");
  const segments = decodedSegments(url.pathname);
  if (segments === undefined) return failure(400, "the path isn't percent-encoded as it should be");
  if (request.method === "DELETE") {
    const doomed = targetOf(segments);
    if (doomed?.target === "object" && doomed.kind === "Pod") {
      return deletePod(sources, doomed.namespace, doomed.name);
    }
    if (doomed?.target === "object" && doomed.kind === "Job") {
      return deleteJob(sources, doomed.namespace, doomed.name);
    }
  }
  if (request.method === "POST" && url.pathname === ACCESS_REVIEWS) return allowed();
  if (WRITES.has(request.method ?? "GET")) {
    const written = targetOf(segments);
    const body = await bodyOf(request);
    if (request.method === "POST" && written?.target === "list" && written.kind === "Lease") {
      return createLease(sources.store, written.namespace ?? "", body);
    }
    if (request.method === "PUT" && written?.target === "object" && written.kind === "Lease") {
      return replaceLease(sources.store, written.namespace, written.name, body);
    }
  }
  if (!READS.has(request.method ?? "GET"))
    return failure(
      405,
      `the sandbox serves reads, the deletion of a pod or a Job, and writes of Leases: ${request.method} ${url.pathname} is none of them`,
    );
  if (url.searchParams.get("watch") === "true")
    return failure(405, "the sandbox doesn't serve watches: list again instead");
  const [first] = segments;
  if (segments.length === 1 && first === "version") return version();
  if (first !== undefined && HEALTH.has(first)) return text("ok");
  const target = targetOf(segments);
  if (target !== undefined) return readTarget(sources, target, url.searchParams, request);
  return discovery(segments) ?? pathNotFound();
}

function readTarget(
  sources: ApiSources,
  target: Target,
  query: URLSearchParams,
  request: IncomingMessage,
): Answer | Promise<Answer> {
  const { store, pods, metrics } = sources;
  switch (target.target) {
    case "list":
      return listObjects(store, target.kind, target.namespace, query, formatOf(request.headers.accept));
    case "object":
      return getObject(store, target.kind, target.namespace, target.name, formatOf(request.headers.accept));
    case "log":
      return podLog(pods, target.namespace, target.name, query);
    case "pod-proxy":
      return podProxy(pods, target);
    case "proxy":
      return proxied(target, metrics);
  }
}

function proxied(target: Extract<Target, { target: "proxy" }>, metrics: GatewayMetrics): Answer {
  const { namespace, name, port } = METRICS_SERVICE;
  const service = target.service.replace(/^http:/, "");
  if (target.namespace !== namespace || service !== `${name}:${port}`) {
    return failure(
      503,
      `no endpoints available for service "${target.service}": the sandbox's API server passes on ${name}:${port} alone`,
    );
  }
  return target.path === "/metrics" ? text(metrics.text(), METRICS_CONTENT_TYPE) : pathNotFound();
}

function decodedSegments(path: string): string[] | undefined {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
