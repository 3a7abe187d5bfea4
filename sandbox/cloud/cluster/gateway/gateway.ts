import type { Props } from "../../handler.ts";
import { timestamp } from "../objects.ts";
import type { Pods } from "../pods/registry.ts";
import type { Store } from "../store.ts";
import { type Lag, openDataPlane } from "./data-plane.ts";
import { createBalancer, decide } from "./decide.ts";
import { endpointsOf, type ServicePort } from "./endpoints.ts";
import { type Listener, openListener } from "./listener.ts";
import type { Candidate } from "./match.ts";
import { createMetrics, type GatewayMetrics } from "./metrics.ts";
import { CONTROLLER_NAME, routeStatus } from "./route-status.ts";
import { GATEWAY, GATEWAY_CLASS, type Pickers, type RoutedRule, rulesAt } from "./routes.ts";

export interface Gateway {
  metrics: GatewayMetrics;
  /** The loopback URL of a stage's listener; undefined for a stage that has none. */
  url(stage: string): string | undefined;
  setLatency(milliseconds: number): void;
  /** Cuts the line between users and a stage's listener, or joins it again. */
  cut(stage: string, line: "cut" | "joined"): void;
  close(): Promise<void>;
}

/** The moment after which a gateway says of a route that it is accepted: 17 to 76 ms with Traefik 3.7.13, measured. */
const ACCEPTED_AFTER_MS = 50;

/** What a gateway is started with. */
export interface GatewayOptions {
  store: Store;
  pods: Pods;
  stages: readonly string[];
  /** How far the data plane is behind the routes' status. */
  lag: Lag;
}

/** Opens a listener per stage and follows the HTTPRoutes: their status first, then the requests. */
export async function startGateway({ store, pods, stages, lag }: GatewayOptions): Promise<Gateway> {
  const metrics = createMetrics();
  const balancer = createBalancer((service) => endpointsOf(store, pods, service));
  const pickers: Pickers = new Map();
  const rules = new Map<string, Candidate<RoutedRule>[]>();
  const listeners = new Map<string, Listener>();
  let latency = 0;
  const dataPlane = openDataPlane(lag);
  let accepting: NodeJS.Timeout | undefined;

  for (const stage of stages) {
    const listener = await openListener({
      metrics,
      latency: () => latency,
      decide: (request) => decide(rules.get(stage) ?? [], request, balancer),
    });
    listeners.set(stage, listener);
  }
  const exists = (service: ServicePort): boolean => balancer.endpoints(service).outcome === "found";
  const accept = (): void => {
    accepting = undefined;
    const routes = structuredClone(store.list("HTTPRoute"));
    dataPlane.change(() => {
      for (const stage of stages) rules.set(stage, rulesAt(stage, routes, pickers));
    });
    for (const route of routes) store.setStatus(route, routeStatus(route, stages, exists, Date.now()));
  };
  const unsubscribe = store.onChange(({ type, object }) => {
    const concerns = object.kind === "HTTPRoute" || object.kind === "Service";
    if (type !== "status" && concerns) accepting ??= setTimeout(accept, ACCEPTED_AFTER_MS);
  });
  recordGateway(store, listeners);

  return {
    metrics,
    url(stage) {
      const listener = listeners.get(stage);
      return listener && `http://127.0.0.1:${listener.port}`;
    },
    setLatency(milliseconds) {
      latency = milliseconds;
    },
    cut(stage, line) {
      listeners.get(stage)?.cut(line);
    },
    async close() {
      unsubscribe();
      clearTimeout(accepting);
      dataPlane.close();
      await Promise.all([...listeners.values()].map((listener) => listener.close()));
    },
  };
}

function recordGateway(store: Store, listeners: ReadonlyMap<string, Listener>): void {
  const entries = [...listeners].map(([name, { port }]) => ({
    name,
    port,
    protocol: "HTTP",
    allowedRoutes: { namespaces: { from: "All" } },
  }));
  const ofController = store.apply({
    kind: "GatewayClass",
    namespace: "",
    name: GATEWAY_CLASS,
    body: { spec: { controllerName: CONTROLLER_NAME } },
  });
  store.setStatus(ofController, { conditions: [condition("Accepted")] });
  const gateway = store.apply({
    kind: "Gateway",
    ...GATEWAY,
    body: { spec: { gatewayClassName: GATEWAY_CLASS, listeners: entries } },
  });
  store.setStatus(gateway, {
    addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
    conditions: [condition("Accepted"), condition("Programmed")],
    listeners: [...listeners.keys()].map((name) => ({
      name,
      supportedKinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }],
      conditions: [condition("Accepted"), condition("Programmed")],
    })),
  });
}

function condition(type: "Accepted" | "Programmed"): Props {
  return {
    type,
    status: "True",
    reason: type,
    message: `by ${CONTROLLER_NAME}`,
    observedGeneration: 1,
    lastTransitionTime: timestamp(Date.now()),
  };
}
