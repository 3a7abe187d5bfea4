import {
  APP_PORT,
  COMPONENT_LABEL,
  type MIGRATION,
  NAME_LABEL,
  RELEASE_LABEL,
  type WEB,
} from "../../domain/object-names.ts";
import type { SecretName } from "../../domain/releases.ts";
import { SECRET_NAMES } from "../../domain/releases.ts";
import type { Settings } from "../../settings/index.ts";

/** The environment variables that come from a Kubernetes Secret. */
const SECRET_VARIABLES = [...SECRET_NAMES, "DATABASE_URL"] as const;
export type SecretVariable = SecretName | "DATABASE_URL";

/** Labels of what belongs to one release, by what it is for. */
export function releaseLabels(
  application: string,
  release: string,
  component: typeof WEB | typeof MIGRATION,
): Record<string, string> {
  return { [NAME_LABEL]: application, [COMPONENT_LABEL]: component, [RELEASE_LABEL]: release };
}

export interface ContainerOf {
  application: Settings["application"];
  image: string;
  release: string;
  /** The name that the release's Secret and ConfigMap share. */
  configuration: string;
}

/** What every container of the application has in common: image, environment, limits and no rights. */
export function container({ application, image, release, configuration }: ContainerOf) {
  const { cpu, memory } = application;
  return {
    name: application.name,
    image,
    env: [
      { name: "RELEASE_ID", value: release },
      { name: "PORT", value: String(APP_PORT) },
      ...SECRET_VARIABLES.map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: configuration, key: name } },
      })),
    ],
    envFrom: [{ configMapRef: { name: configuration } }],
    // No CPU limit: it throttles a pod while its node idles.
    resources: { requests: { cpu, memory }, limits: { memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

/** What every pod of the application has in common: nobody's identity, no token, a writable /tmp and nothing else. */
export function podBasics(application: Settings["application"]) {
  return {
    serviceAccountName: application.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
  };
}

/** Whole seconds, at least one, as Kubernetes counts. */
export function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
