import { LOOK_SECONDS, PODS, STEP_MINUTES, SUCCESS_PERCENT, successQuery, WEIGHTS } from "./pace.ts";
import type { Manifest, Peer } from "./peer.ts";
import { ingressRoute, serviceOf, TRAEFIK_API } from "./routing.ts";
import { LABELS } from "./workload.ts";

const NAMESPACE = "peer-argo";
const NAME = "app";
const [STABLE, CANARY] = ["app-stable", "app-canary"];
const ROLLOUTS = "argoproj.io/v1alpha1";
const PORT = 80;

/** Each weight, and how long it stays; the last one is where the Rollout ends by itself. */
function steps(): unknown[] {
  const held = WEIGHTS.slice(0, -1).flatMap((setWeight) => [
    { setWeight },
    { pause: { duration: `${STEP_MINUTES}m` } },
  ]);
  return [{ setCanaryScale: { replicas: PODS } }, ...held];
}

const analysis = (prometheus: string): Manifest => ({
  path: `/apis/${ROLLOUTS}/namespaces/${NAMESPACE}/analysistemplates`,
  body: {
    apiVersion: ROLLOUTS,
    kind: "AnalysisTemplate",
    metadata: { name: "success-rate" },
    spec: {
      metrics: [
        {
          name: "success-rate",
          interval: `${LOOK_SECONDS}s`,
          successCondition: `result[0] >= ${SUCCESS_PERCENT / 100}`,
          failureLimit: 0,
          provider: {
            prometheus: {
              address: prometheus,
              query: successQuery(`${NAMESPACE}-${CANARY}-${PORT}@kubernetescrd`),
            },
          },
        },
      ],
    },
  },
});

/**
 * Argo Rollouts as its documentation has it: background analysis from the first weight on (docs/features/analysis.md), weights moved by
 * Traefik's own kind (docs/features/traffic-management/traefik.md); its plugin for the Gateway API isn't served by Go's module proxy.
 */
export const argoRollouts: Peer = {
  name: "Argo Rollouts 1.9.0",
  namespace: NAMESPACE,
  hostname: "argo.app.example.com",
  settings: `background analysis every ${LOOK_SECONDS} s, success >= ${SUCCESS_PERCENT} % of the last minute, failureLimit 0; weights by TraefikService, ${STEP_MINUTES} min each`,
  program: "argo",
  arguments: ({ kubeconfig, ports: [metrics, health] }) => [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--traefik-api-group=traefik.io",
    `--traefik-api-version=${TRAEFIK_API}`,
    `--metricsPort=${metrics}`,
    `--healthzPort=${health}`,
  ],
  manifests: ({ workload, good, prometheus }) => [
    ...[STABLE, CANARY].map((name) => serviceOf(NAMESPACE, name, workload.port)),
    {
      path: `/apis/${TRAEFIK_API}/namespaces/${NAMESPACE}/traefikservices`,
      body: {
        apiVersion: TRAEFIK_API,
        kind: "TraefikService",
        metadata: { name: NAME },
        spec: { weighted: { services: [STABLE, CANARY].map((name) => ({ name, port: PORT })) } },
      },
    },
    ingressRoute(NAMESPACE, "argo.app.example.com"),
    analysis(prometheus),
    {
      path: `/apis/${ROLLOUTS}/namespaces/${NAMESPACE}/rollouts`,
      body: {
        apiVersion: ROLLOUTS,
        kind: "Rollout",
        metadata: { name: NAME },
        spec: {
          replicas: PODS,
          selector: { matchLabels: LABELS },
          template: workload.template(good),
          strategy: {
            canary: {
              stableService: STABLE,
              canaryService: CANARY,
              trafficRouting: { traefik: { weightedTraefikServiceName: NAME } },
              // From the pause at the first weight on.
              analysis: { templates: [{ templateName: "success-rate" }], startingStep: 2 },
              steps: steps(),
            },
          },
        },
      },
    },
  ],
  object: `/apis/${ROLLOUTS}/namespaces/${NAMESPACE}/rollouts/${NAME}`,
  target: `/apis/${ROLLOUTS}/namespaces/${NAMESPACE}/rollouts/${NAME}`,
  ready: "Healthy",
  takenBack: "Degraded",
};
