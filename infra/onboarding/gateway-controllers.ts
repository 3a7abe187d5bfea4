/** A Gateway's controller with which no change passes, by how its GatewayClasses' `spec.controllerName` begins. */
const UNFIT = [
  {
    begins: "gateway.k8s.aws/",
    // aws-load-balancer-controller, docs/guide/gateway/l7gateway.md: HTTPRouteFilter ResponseHeaderModifier isn't supported.
    why: "the AWS Load Balancer Controller takes no filter that sets a response's header",
  },
  {
    begins: "gateway.nginx.org/",
    // nginx-gateway-fabric, internal/controller/state/graph/backend_refs.go: a backendRef with filters is an unsupported value.
    why: "NGINX Gateway Fabric takes no filters on backendRefs",
  },
] as const;

/**
 * Why no change can pass with a Gateway of this controller (pure); null where nothing is known against it. The read-back verifies weights by a
 * header that names who answered, and a filter on each backendRef sets it.
 */
export function unfitController(controller: string): string | null {
  return UNFIT.find(({ begins }) => controller.startsWith(begins))?.why ?? null;
}

/** The labels of the pods that answer for a controller's Gateways. */
const POD_LABELS = [
  {
    begins: "gateway.envoyproxy.io/",
    // envoyproxy/gateway, internal/infrastructure/kubernetes/proxy/resource.go, EnvoyAppLabel.
    labels: {
      "app.kubernetes.io/name": "envoy",
      "app.kubernetes.io/component": "proxy",
      "app.kubernetes.io/managed-by": "envoy-gateway",
    },
  },
] as const;

/** How the pods of a controller's Gateways are found (pure); null where they carry no label that is known. */
export function gatewayPodLabels(controller: string): Readonly<Record<string, string>> | null {
  return POD_LABELS.find(({ begins }) => controller.startsWith(begins))?.labels ?? null;
}
