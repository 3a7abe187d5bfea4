import type { Props } from "../../handler.ts";
import { type KubeObject, timestamp } from "../objects.ts";
import { propsList } from "../props.ts";
import { httpRouteSpec, type ParentRef } from "../schemas/http-route.ts";
import type { ServicePort } from "./endpoints.ts";
import { isOurs } from "./routes.ts";

export const CONTROLLER_NAME = "runbooks.dev/sandbox-gateway";

interface Verdict {
  type: "Accepted" | "ResolvedRefs";
  status: "True" | "False";
  reason: string;
  message: string;
}

/** A route's status: for each parent that is our Gateway, whether it is accepted and whether its backends exist. */
export function routeStatus(
  route: KubeObject,
  listeners: readonly string[],
  exists: (port: ServicePort) => boolean,
  now: number,
): Props {
  const spec = httpRouteSpec.parse(route.body.spec);
  const refs = spec.rules.flatMap((rule) => rule.backendRefs ?? []);
  const missing = refs.filter(
    (ref) => !exists({ namespace: ref.namespace ?? route.metadata.namespace, service: ref.name, port: ref.port }),
  );
  const resolved: Verdict =
    missing.length === 0
      ? { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", message: "All references are resolved" }
      : {
          type: "ResolvedRefs",
          status: "False",
          reason: "BackendNotFound",
          message: `Not found: ${missing.map((ref) => `Service ${ref.name}:${ref.port}`).join(", ")}`,
        };
  const parents = spec.parentRefs
    .filter((parent) => isOurs(parent, route))
    .map((parent) => ({
      parentRef: wireParent(parent),
      controllerName: CONTROLLER_NAME,
      conditions: [accepted(parent, listeners), resolved].map((verdict) => condition(verdict, route, now)),
    }));
  return { parents };
}

function accepted(parent: ParentRef, listeners: readonly string[]): Verdict {
  if (parent.sectionName === undefined || listeners.includes(parent.sectionName)) {
    return { type: "Accepted", status: "True", reason: "Accepted", message: "Route is accepted" };
  }
  const message = `the Gateway has no listener ${parent.sectionName}: it has ${listeners.join(", ")}`;
  return { type: "Accepted", status: "False", reason: "NoMatchingParent", message };
}

/** A condition keeps its transition time for as long as its status stays. */
function condition(verdict: Verdict, route: KubeObject, now: number): Props {
  const before = earlierConditions(route.status).find(
    (entry) => entry.type === verdict.type && entry.status === verdict.status,
  );
  return {
    ...verdict,
    observedGeneration: route.metadata.generation,
    lastTransitionTime: before?.lastTransitionTime ?? timestamp(now),
  };
}

function earlierConditions(status: Props | undefined): Props[] {
  return propsList(status?.parents).flatMap((parent) => propsList(parent.conditions));
}

function wireParent(parent: ParentRef): Props {
  return {
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    name: parent.name,
    ...(parent.namespace === undefined ? {} : { namespace: parent.namespace }),
    ...(parent.sectionName === undefined ? {} : { sectionName: parent.sectionName }),
    ...(parent.port === undefined ? {} : { port: parent.port }),
  };
}
