import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { Socket } from "node:net";
import type { Forward } from "./decide.ts";
import { endToEnd, forwarded, modified } from "./headers.ts";
import type { GatewayMetrics } from "./metrics.ts";

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  route: Forward;
  agent: Agent;
  metrics: GatewayMetrics;
}

const TIMEOUT = "the backend did not answer in time";
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const RESPONSE_DROPPED: ReadonlySet<string> = new Set(["transfer-encoding"]);

/** Connections to pods, kept open between requests. */
export function upstreamAgent(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: 64 });
}

/**
 * Passes a request on to a pod and its answer back. A kept connection may be closed by the pod at the very moment that it is used again:
 * only requests that may be repeated take one, and they are repeated once, on a connection of their own to the same pod (Go's
 * net/http, transport.go: shouldRetryRequest). Nothing else is tried again: a pod that refuses a connection is a 502, as with Traefik
 * (pkg/proxy/httputil, ErrorHandler).
 */
export function forward(exchange: Exchange): void {
  const { response, route, metrics } = exchange;
  const begun = performance.now();
  response.once("close", () => metrics.took(route.served, performance.now() - begun));
  const port = route.next();
  if (port === undefined) answer(exchange, 503, "no ready endpoint is left");
  else attempt(exchange, port, isRepeatable(exchange.request) ? "kept" : "own");
}

type Stage = "connecting" | "sent" | "answered";

function attempt(exchange: Exchange, port: number, connection: "kept" | "own"): void {
  const { response, route } = exchange;
  const upstream = openRequest(exchange, port, connection);
  const timer =
    route.timeoutMs === undefined ? undefined : setTimeout(() => upstream.destroy(new Error(TIMEOUT)), route.timeoutMs);
  const abandon = (): void => {
    upstream.destroy();
  };
  let stage: Stage = "connecting";
  response.once("close", abandon);
  whenConnected(upstream, () => {
    stage = "sent";
    deliverBody(exchange.request, upstream);
  });
  upstream.once("response", (answered) => {
    stage = "answered";
    clearTimeout(timer);
    passBack(exchange, answered);
  });
  upstream.on("error", (error) => {
    clearTimeout(timer);
    response.off("close", abandon);
    const worn = connection === "kept" && upstream.reusedSocket && error.message !== TIMEOUT;
    if (stage === "answered" || response.destroyed) response.destroy();
    else if (worn) attempt(exchange, port, "own");
    else answer(exchange, error.message === TIMEOUT ? 504 : 502, error.message);
  });
}

function openRequest({ request, route, agent }: Exchange, port: number, connection: "kept" | "own"): ClientRequest {
  const lines = forwarded(endToEnd(request.rawHeaders), request.socket.remoteAddress ?? "unknown");
  return send({
    host: "127.0.0.1",
    port,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: modified(lines, route.backend.request),
    agent: connection === "kept" ? agent : false,
  });
}

function whenConnected(upstream: ClientRequest, act: () => void): void {
  upstream.once("socket", (socket: Socket) => {
    if (socket.connecting) socket.once("connect", act);
    else act();
  });
}

function isRepeatable(request: IncomingMessage): boolean {
  return IDEMPOTENT.has(request.method ?? "GET") && !hasBody(request);
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
}

function deliverBody(request: IncomingMessage, upstream: ClientRequest): void {
  if (hasBody(request)) request.pipe(upstream);
  else upstream.end();
}

function passBack({ response, route, metrics }: Exchange, answered: IncomingMessage): void {
  const code = answered.statusCode ?? 502;
  metrics.count(route.served, code);
  response.writeHead(
    code,
    answered.statusMessage ?? "",
    modified(endToEnd(answered.rawHeaders, RESPONSE_DROPPED), route.backend.response),
  );
  response.flushHeaders();
  answered.on("error", () => response.destroy());
  answered.pipe(response);
}

function answer({ response, route, metrics }: Exchange, code: number, message: string): void {
  metrics.count(route.served, code);
  response.writeHead(code, modified(["content-type", "text/plain"], route.backend.response)).end(`${message}\n`);
}
