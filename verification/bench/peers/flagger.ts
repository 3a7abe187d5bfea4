import { GATEWAY, NAMESPACE as GATEWAYS } from "../../real/gateway.ts";
import { LOOK_SECONDS, PODS, SUCCESS_PERCENT, successQuery, WEIGHTS, WINDOW } from "./pace.ts";
import type { Manifest, Peer } from "./peer.ts";
import { LABELS } from "./workload.ts";

const NAMESPACE = "peer-flagger";
const NAME = "app";
const HOSTNAME = "flagger.app.example.com";
const PROVIDER = "gatewayapi:v1";
const METRIC = "success-rate";
const FLAGGER = "flagger.app/v1beta1";

/** Percent of the canary's requests that succeed: its own query for Traefik, on the series that Traefik has for an HTTPRoute's backends. */
const metric = (prometheus: string): Manifest => ({
  path: `/apis/${FLAGGER}/namespaces/${NAMESPACE}/metrictemplates`,
  body: {
    apiVersion: FLAGGER,
    kind: "MetricTemplate",
    metadata: { name: METRIC },
    spec: {
      provider: { type: "prometheus", address: prometheus },
      query: `100 * ${successQuery(`httproute-${NAMESPACE}-.*-${NAME}-canary-[0-9]+@kubernetesgateway`)}`,
    },
  },
});

/**
 * Flagger as its tutorial for the Gateway API has it (docs/gitbook/tutorials/gatewayapi-progressive-delivery.md): its provider for Traefik
 * knows the API group of Traefik 2 alone. A weight stays for one look: it has no other setting for that.
 */
export const flagger: Peer = {
  name: "Flagger 1.41.0",
  namespace: NAMESPACE,
  hostname: HOSTNAME,
  settings: `interval ${LOOK_SECONDS} s (its shortest), which is also how long a weight stays; success >= ${SUCCESS_PERCENT} % of the last minute, threshold 1; weights by HTTPRoute`,
  program: "flagger",
  arguments: ({ kubeconfig, prometheus, ports: [port] }) => [
    `-kubeconfig=${kubeconfig}`,
    `-mesh-provider=${PROVIDER}`,
    `-metrics-server=${prometheus}`,
    `-port=${port}`,
    "-log-level=info",
  ],
  manifests: ({ workload, good, prometheus }) => [
    {
      path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
      body: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: NAME, labels: LABELS },
        spec: { replicas: PODS, selector: { matchLabels: LABELS }, template: workload.template(good) },
      },
    },
    metric(prometheus),
    {
      path: `/apis/${FLAGGER}/namespaces/${NAMESPACE}/canaries`,
      body: {
        apiVersion: FLAGGER,
        kind: "Canary",
        metadata: { name: NAME },
        spec: {
          provider: PROVIDER,
          targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME },
          progressDeadlineSeconds: 120,
          service: {
            port: 80,
            targetPort: workload.port,
            hosts: [HOSTNAME],
            gatewayRefs: [
              {
                group: "gateway.networking.k8s.io",
                kind: "Gateway",
                name: GATEWAY,
                namespace: GATEWAYS,
                sectionName: "production",
              },
            ],
          },
          analysis: {
            interval: `${LOOK_SECONDS}s`,
            threshold: 1,
            stepWeights: [...WEIGHTS],
            metrics: [
              {
                name: METRIC,
                templateRef: { name: METRIC },
                interval: WINDOW,
                thresholdRange: { min: SUCCESS_PERCENT },
              },
            ],
          },
        },
      },
    },
  ],
  object: `/apis/${FLAGGER}/namespaces/${NAMESPACE}/canaries/${NAME}`,
  target: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`,
  ready: "Initialized",
  takenBack: "Failed",
};
