import type { ApiServer } from "./control-plane/api-server.ts";
import { mustCreate } from "./control-plane/definitions.ts";

/** The image under which the nodes know Traefik's program. */
export const TRAEFIK_IMAGE = "docker.io/library/traefik:v3.7.13";
export const NAMESPACE = "gateway-system";
/** The listeners of the Gateway, each named after its stage: Traefik opens an entry point on each of their ports. */
const LISTENERS = { staging: 8_001, production: 8_002 } as const;
/** The Gateway's name, as the stacks' settings have it. */
export const GATEWAY = "public";
const METRICS_PORT = 9_090;
const CLASS = "traefik";
const GATEWAY_API = "/apis/gateway.networking.k8s.io/v1";

/** Where Traefik counts requests, as a stack's setting `metrics` says it. */
export const METRICS = {
  source: "traefik",
  scrape: { namespace: NAMESPACE, service: "gateway-metrics", port: METRICS_PORT, path: "/metrics" },
} as const;

/** Traefik's providers that read the cluster: the Gateway API's, and the one of its own kinds. */
export type TraefikProvider = "kubernetesgateway" | "kubernetescrd";

interface Access {
  url: string;
  ca: string;
  tokenFile: string;
}

function traefikArguments({ url, ca, tokenFile }: Access, providers: readonly TraefikProvider[]): string[] {
  return [
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    "--log.level=INFO",
    "--ping=true",
    "--ping.entrypoint=metrics",
    ...Object.entries(LISTENERS).map(([name, port]) => `--entrypoints.${name}.address=127.0.0.1:${port}`),
    `--entrypoints.metrics.address=$(POD_IP):${METRICS_PORT}`,
    "--metrics.prometheus=true",
    "--metrics.prometheus.entrypoint=metrics",
    "--metrics.prometheus.addserviceslabels=true",
    ...providers.flatMap((provider) => [
      `--providers.${provider}=true`,
      `--providers.${provider}.endpoint=${url}`,
      `--providers.${provider}.token=${tokenFile}`,
      `--providers.${provider}.certauthfilepath=${ca}`,
    ]),
    // A Service without pods is no reason to drop the route that names it beside another.
    ...(providers.includes("kubernetescrd") ? ["--providers.kubernetescrd.allowemptyservices=true"] : []),
    "--providers.kubernetesgateway.statusaddress.ip=127.0.0.1",
  ];
}

/** Traefik as a Deployment, its metrics behind a Service, and the Gateway that the stacks' settings name. */
export async function installGateway(
  server: ApiServer,
  access: Access,
  providers: readonly TraefikProvider[],
): Promise<void> {
  const labels = { "app.kubernetes.io/name": "traefik" };
  const metadata = (name: string) => ({ name, namespace: NAMESPACE });
  await mustCreate(server, "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  await mustCreate(server, `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
    metadata: metadata("traefik"),
    spec: {
      replicas: 1,
      // Two of them can't have the same entry points on one machine.
      strategy: { type: "Recreate" },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          containers: [
            {
              name: "traefik",
              image: TRAEFIK_IMAGE,
              args: traefikArguments(access, providers),
              env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
              ports: [{ name: "metrics", containerPort: METRICS_PORT }],
              readinessProbe: { httpGet: { path: "/ping", port: "metrics" }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  });
  await mustCreate(server, `/api/v1/namespaces/${NAMESPACE}/services`, {
    metadata: metadata(METRICS.scrape.service),
    spec: { selector: labels, ports: [{ name: "metrics", port: METRICS_PORT, targetPort: "metrics" }] },
  });
  await mustCreate(server, `${GATEWAY_API}/gatewayclasses`, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: CLASS },
    spec: { controllerName: "traefik.io/gateway-controller" },
  });
  await mustCreate(server, `${GATEWAY_API}/namespaces/${NAMESPACE}/gateways`, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: metadata(GATEWAY),
    spec: {
      gatewayClassName: CLASS,
      listeners: Object.entries(LISTENERS).map(([name, port]) => ({
        name,
        port,
        protocol: "HTTP",
        allowedRoutes: { namespaces: { from: "All" } },
      })),
    },
  });
}
