import type { Manifest } from "./peer.ts";
import { LABELS } from "./workload.ts";

/** Traefik's own kinds, by which Argo Rollouts moves weights. */
export const TRAEFIK_API = "traefik.io/v1alpha1";
/** The entry point of production's listener: every route hangs on the same one. */
const ENTRY_POINT = "production";

/** A route to the TraefikService `app` of a namespace. */
export function ingressRoute(namespace: string, hostname: string): Manifest {
  return {
    path: `/apis/${TRAEFIK_API}/namespaces/${namespace}/ingressroutes`,
    body: {
      apiVersion: TRAEFIK_API,
      kind: "IngressRoute",
      metadata: { name: "app" },
      spec: {
        entryPoints: [ENTRY_POINT],
        routes: [{ match: `Host(\`${hostname}\`)`, kind: "Rule", services: [{ name: "app", kind: "TraefikService" }] }],
      },
    },
  };
}

/** A Service of the workload's pods. */
export function serviceOf(namespace: string, name: string, targetPort: number): Manifest {
  return {
    path: `/api/v1/namespaces/${namespace}/services`,
    body: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: LABELS, ports: [{ name: "http", port: 80, targetPort }] },
    },
  };
}
