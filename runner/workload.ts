import type { ServiceSettings } from "./settings.ts";

export const NAME = "runbooks";
export const PORT = 8080;
export const LABELS = { "app.kubernetes.io/name": NAME };
/** An update that runs is finished first: the longest that one may take, 45 minutes, and one to leave, in seconds. */
const GRACE = 2_760;
const KUBECONFIG = "/etc/runbooks";
const TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount";

/** How the pods reach their own cluster under the names that the stack files use for it. */
export function kubeconfig({ stacks }: Pick<ServiceSettings, "stacks">): string {
  const contexts = [...new Set(stacks.flatMap(({ context }) => context ?? []).concat("in-cluster"))];
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "in-cluster",
    clusters: [
      {
        name: "in-cluster",
        cluster: { server: "https://kubernetes.default.svc", "certificate-authority": `${TOKENS}/ca.crt` },
      },
    ],
    users: [{ name: NAME, user: { tokenFile: `${TOKENS}/token` } }],
    contexts: contexts.map((name) => ({ name, context: { cluster: "in-cluster", user: NAME } })),
  });
}

/** What the Deployment's pods are. */
export function podSpec({ image, stacks, backend, boardSecret }: ServiceSettings) {
  const probe = (path: string) => ({ httpGet: { path, port: PORT }, periodSeconds: 5, failureThreshold: 6 });
  return {
    serviceAccountName: NAME,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: LABELS },
      },
    ],
    containers: [
      {
        name: NAME,
        image,
        args: ["serve", ...stacks.flatMap(({ stack }) => ["--stack", stack]), "--listen", ":$(PORT)"],
        ports: [{ name: "http", containerPort: PORT }],
        env: [
          { name: "PORT", value: String(PORT) },
          { name: "KUBECONFIG", value: `${KUBECONFIG}/kubeconfig` },
          { name: "PULUMI_BACKEND_URL", value: backend },
          { name: "PULUMI_HOME", value: "/tmp/pulumi" },
          { name: "HOME", value: "/tmp" },
        ],
        ...(boardSecret === "" ? {} : { envFrom: [{ secretRef: { name: boardSecret } }] }),
        readinessProbe: probe("/readyz"),
        livenessProbe: probe("/healthz"),
        // No CPU limit: it would make an update, and with it the way back, take longer.
        resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "kubeconfig", mountPath: KUBECONFIG, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "2Gi" } },
      { name: "kubeconfig", configMap: { name: NAME } },
    ],
  };
}
