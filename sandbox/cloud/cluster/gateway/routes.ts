import { type KubeObject, objectId } from "../objects.ts";
import {
  type BackendRef,
  type HeaderModifier,
  type HttpRouteSpec,
  httpRouteSpec,
  type ParentRef,
  type RouteRule,
} from "../schemas/http-route.ts";
import type { ServicePort } from "./endpoints.ts";
import { modifiersOf } from "./headers.ts";
import { byPrecedence, type Candidate } from "./match.ts";
import { type WeightedPicker, weightedPicker } from "./weights.ts";

/** A backend with the header changes that go with it. */
export interface RoutedBackend extends ServicePort {
  request: HeaderModifier[];
  response: HeaderModifier[];
}

export interface RoutedRule {
  namespace: string;
  picker: WeightedPicker<RoutedBackend>;
  /** Milliseconds that an answer may take to begin; undefined for as long as it needs. */
  timeoutMs: number | undefined;
}

/** The Gateway that the sandbox has. */
export const GATEWAY_CLASS = "sandbox";
export const GATEWAY = { name: "public", namespace: "gateway-system" } as const;

/** Turns of the rules by route and matches, so that a rule keeps its turn when only its weights change. */
export type Pickers = Map<string, WeightedPicker<RoutedBackend>>;

/** The rules that apply at one listener, in the order of their precedence. */
export function rulesAt(listener: string, routes: readonly KubeObject[], pickers: Pickers): Candidate<RoutedRule>[] {
  const candidates = routes.flatMap((route) => {
    const spec = httpRouteSpec.parse(route.body.spec);
    if (!spec.parentRefs.some((parent) => isOurs(parent, route) && attaches(parent, listener))) return [];
    return spec.rules.flatMap((rule, place) => ruleCandidates(route, spec, rule, place, pickers));
  });
  return byPrecedence(candidates);
}

/** Whether a route's parent is the sandbox's Gateway. */
export function isOurs(parent: ParentRef, route: KubeObject): boolean {
  return parent.name === GATEWAY.name && (parent.namespace ?? route.metadata.namespace) === GATEWAY.namespace;
}

/** Whether a parent reference takes in a listener; without a section name it takes in all. */
export function attaches(parent: ParentRef, listener: string): boolean {
  return parent.sectionName === undefined || parent.sectionName === listener;
}

function ruleCandidates(
  route: KubeObject,
  spec: HttpRouteSpec,
  rule: RouteRule,
  place: number,
  pickers: Pickers,
): Candidate<RoutedRule>[] {
  const { namespace, creationTimestamp } = route.metadata;
  const key = `${objectId(route.metadata)} ${JSON.stringify(rule.matches ?? [])}`;
  const picker = pickers.get(key) ?? weightedPicker<RoutedBackend>();
  pickers.set(key, picker);
  picker.reweigh(
    (rule.backendRefs ?? []).map((backend) => ({
      key: `${backend.namespace ?? namespace}/${backend.name}:${backend.port}`,
      weight: backend.weight ?? 1,
      value: routedBackend(backend, rule, namespace),
    })),
  );
  const timeout = rule.timeouts?.backendRequest ?? rule.timeouts?.request;
  const routed: RoutedRule = {
    namespace,
    picker,
    timeoutMs: timeout === undefined ? undefined : gatewayMilliseconds(timeout),
  };
  return (rule.matches ?? [{}]).map((match) => ({
    rule: routed,
    match,
    hostnames: spec.hostnames ?? [],
    order: [Date.parse(creationTimestamp), place],
  }));
}

function routedBackend(backend: BackendRef, rule: RouteRule, routeNamespace: string): RoutedBackend {
  const filters = [...(rule.filters ?? []), ...(backend.filters ?? [])];
  return {
    namespace: backend.namespace ?? routeNamespace,
    service: backend.name,
    port: backend.port,
    request: modifiersOf(filters, "request"),
    response: modifiersOf(filters, "response"),
  };
}

/** A Gateway API duration such as 1m30s in milliseconds; 0s means no limit. */
export function gatewayMilliseconds(duration: string): number | undefined {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...duration.matchAll(/([0-9]+)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? "ms"] ?? 1), 0) || undefined;
}
