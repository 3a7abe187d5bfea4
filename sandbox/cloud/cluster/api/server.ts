import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { SANDBOX_MARK } from "../../../../infra/clients/kubernetes.ts";
import type { Certificates } from "../../stores/certificates.ts";
import { listen } from "../gateway/listener.ts";
import { type GatewayMetrics, METRICS_CONTENT_TYPE } from "../gateway/metrics.ts";
import type { Pods } from "../pods/registry.ts";
import type { Store } from "../store.ts";
import { type Attributes, attributesOf, forbidden, mayDo, type Tokens, type User } from "./access.ts";
import { type Answer, failure, pathNotFound, reviewed, text } from "./answers.ts";
import { discovery, version } from "./discovery.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { createLease, replaceLease } from "./leases.ts";
import { formatOf, getObject, listObjects } from "./objects.ts";
import { execUpgrade } from "./pod-exec.ts";
import { podLog } from "./pod-log.ts";
import { deleteJob, deletePod, podProxy } from "./pod-requests.ts";
import { type Target, targetOf } from "./request.ts";

/**
 * The Kubernetes API's reads, commands in a pod, the deletion of a pod or a Job, and Leases, on loopback: for whoever has the token, and for
 * service accounts what their Roles allow.
 */
export interface ApiServer {
  url: string;
  /** where pods reach it, with TLS; null without certificates */
  podsUrl: string | null;
  token: string;
  kubeconfig: string;
  close(): Promise<void>;
}

export interface ApiSources {
  store: Store;
  pods: Pods;
  metrics: GatewayMetrics;
  tokens: Tokens;
  /** for pods, whose clients take plain HTTP no more than they would in a cluster; null: they can't reach it */
  certificates: Certificates | null;
}

/** The Service under which the gateway's metrics are read. */
export const METRICS_SERVICE = { namespace: "gateway-system", name: "gateway-metrics", port: 9090 } as const;

/** What one may do is asked by a POST that keeps nothing. */
const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const MARK = `/api/v1/namespaces/${SANDBOX_MARK.namespace}/configmaps/${SANDBOX_MARK.name}`;
const OF_EVERYBODY: ReadonlySet<string> = new Set([ACCESS_REVIEWS, MARK]);

const WRITES: ReadonlySet<string> = new Set(["POST", "PUT"]);
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const HEALTH: ReadonlySet<string> = new Set(["healthz", "livez", "readyz"]);

/** @param contexts names under which the kubeconfig offers this cluster, the first one as its current context */
export async function startApiServer(sources: ApiSources, contexts: readonly string[]): Promise<ApiServer> {
  const { store, pods, tokens, certificates } = sources;
  const token = tokens.admin;
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const user = tokens.userOf(request.headers.authorization);
    if (user === undefined) return failure(401, "Unauthorized");
    return refusal(store, user, askedIn(request)) ?? answerTo(sources, user, request);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { code, contentType, body } = await answer(request).catch((error: unknown) =>
      failure(500, error instanceof Error ? error.message : String(error)),
    );
    response.writeHead(code, { "content-type": contentType, "cache-control": "no-cache, private" });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const user = tokens.userOf(request.headers.authorization);
    if (user === undefined) return socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
    // Since 1.35 a command needs the right to create one too (kubernetes, AuthorizePodWebsocketUpgradeCreatePermission).
    const asked = askedIn(request).flatMap((one) => [one, { ...one, verb: "create" }]);
    if (refusal(store, user, asked) !== null) return socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
    return execUpgrade(pods, request, socket, head);
  };
  const server = createServer(respond).on("upgrade", upgrade);
  const forPods = certificates === null ? null : createTlsServer(tlsOf(certificates), respond).on("upgrade", upgrade);
  const url = `http://127.0.0.1:${await listen(server)}`;
  const servers = [server, ...(forPods === null ? [] : [forPods])];
  return {
    url,
    podsUrl: forPods === null ? null : `https://127.0.0.1:${await listen(forPods)}`,
    token,
    kubeconfig: kubeconfigText(url, token, contexts),
    close: async () => {
      await Promise.all(
        servers.map(
          (one) =>
            new Promise<void>((resolve) => {
              one.close(() => resolve());
              one.closeAllConnections();
            }),
        ),
      );
    },
  };
}

const tlsOf = ({ certFile, keyFile }: Certificates) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

/**
 * What RBAC is asked about a request: nothing for a path that everybody may read, for what one may do oneself (system:basic-user), and for the
 * sandbox's own mark, which no other cluster has.
 */
function askedIn({ method = "GET", url = "/" }: IncomingMessage): Attributes[] {
  const { pathname } = new URL(url, "http://sandbox");
  const asked = OF_EVERYBODY.has(pathname) ? null : attributesOf(method, pathname);
  return asked === null ? [] : [asked];
}

/** Why a user may not do something; null where they may. */
function refusal(store: Store, user: User, asked: readonly Attributes[]): Answer | null {
  const first = user === null ? undefined : asked.find((one) => !mayDo(store, user, one));
  return user === null || first === undefined ? null : forbidden(user, first);
}

const reviewSchema = z.object({
  spec: z.object({
    resourceAttributes: z.object({
      verb: z.string(),
      group: z.string().default(""),
      resource: z.string(),
      subresource: z.string().default(""),
      namespace: z.string().default(""),
      name: z.string().default(""),
    }),
  }),
});

function review(store: Store, user: User, text: string): Answer {
  if (user === null) return reviewed(true);
  const { subresource, name, resource, ...rest } = reviewSchema.parse(JSON.parse(text)).spec.resourceAttributes;
  const which = subresource === "" ? resource : `${resource}/${subresource}`;
  return reviewed(mayDo(store, user, { ...rest, resource: which, name: name === "" ? null : name }));
}

async function answerTo(sources: ApiSources, user: User, request: IncomingMessage): Promise<Answer> {
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
  if (request.method === "POST" && url.pathname === ACCESS_REVIEWS) {
    return review(sources.store, user, await bodyOf(request));
  }
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
