import type { IncomingMessage } from "node:http";
import type { Endpoints, ServicePort } from "./endpoints.ts";
import { type Candidate, type RequestFacts, selectRule } from "./match.ts";
import type { Served } from "./metrics.ts";
import type { RoutedBackend, RoutedRule } from "./routes.ts";

/** What becomes of a request. */
export type Decision =
  | { outcome: "unrouted"; code: 404; message: string }
  | { outcome: "refused"; code: 500 | 503; message: string; served: Served }
  | Forward;

export interface Forward {
  outcome: "forward";
  served: Served;
  backend: RoutedBackend;
  timeoutMs: number | undefined;
  /** The next endpoint in turn; undefined once none is ready. */
  next(): number | undefined;
}

/** Gives the ready ports of a Service in turn. */
export interface Balancer {
  endpoints(service: ServicePort): Endpoints;
  next(service: ServicePort): number | undefined;
}

export function createBalancer(endpoints: (service: ServicePort) => Endpoints): Balancer {
  const turns = new Map<string, number>();
  return {
    endpoints,
    next(service) {
      const found = endpoints(service);
      if (found.outcome === "missing" || found.ports.length === 0) return undefined;
      const key = `${service.namespace}/${service.service}`;
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      return found.ports[turn % found.ports.length];
    },
  };
}

/** Routes a request: the rule, then the backend by weight; the Gateway API says what a missing backend answers. */
export function decide(rules: readonly Candidate<RoutedRule>[], request: RequestFacts, balancer: Balancer): Decision {
  const rule = selectRule(rules, request);
  if (rule === undefined) return { outcome: "unrouted", code: 404, message: "no route takes this request" };
  const backend = rule.picker.pick();
  const served = { namespace: rule.namespace, release: "unknown" };
  if (backend === undefined)
    return { outcome: "refused", code: 500, message: "the rule has no backend with a weight", served };
  const found = balancer.endpoints(backend);
  if (found.outcome === "missing") {
    return {
      outcome: "refused",
      code: 500,
      message: `Service ${backend.service}:${backend.port} doesn't exist`,
      served,
    };
  }
  const release = { ...served, release: found.release };
  if (found.ports.length === 0) {
    return {
      outcome: "refused",
      code: 503,
      message: `Service ${backend.service} has no ready endpoint`,
      served: release,
    };
  }
  return {
    outcome: "forward",
    served: release,
    backend,
    timeoutMs: rule.timeoutMs,
    next: () => balancer.next(backend),
  };
}

/** What the routes can look at in a request. */
export function factsOf(request: IncomingMessage): RequestFacts {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return {
    method: request.method ?? "GET",
    hostname: (request.headers.host ?? "").replace(/:[0-9]+$/, "").toLowerCase(),
    path,
    query: new URLSearchParams(query),
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
  };
}
