import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { ApiServer } from "../../real/control-plane/api-server.ts";
import { mustCreate } from "../../real/control-plane/definitions.ts";
import type { ClusterObjects } from "../../scenarios/objects.ts";

/** Labels by which everybody's Services find the pods. */
export const LABELS = { app: "app" } as const;
/** What names their release in their answers, to be loaded first. */
export const HEADER = pathToFileURL(join(import.meta.dirname, "answer-header.ts")).href;

const variableSchema = z.looseObject({ name: z.string() });
const containerSchema = z.looseObject({
  image: z.string(),
  env: z.array(variableSchema),
  envFrom: z.array(z.looseObject({ configMapRef: z.looseObject({ name: z.string() }) })).min(1),
  ports: z.array(z.looseObject({ containerPort: z.int() })).min(1),
});
const podSchema = z.looseObject({ containers: z.tuple([containerSchema]), serviceAccountName: z.string() });
const deploymentSchema = z.object({ spec: z.object({ template: z.object({ spec: podSchema }) }) });
type PodSpec = z.infer<typeof podSchema>;

/** A version of the workload, as the peers are given it. */
export interface Version {
  /** what its answers are counted under */
  release: string;
  image: string;
}

/** Pods of one version: a PodTemplateSpec. */
export interface Template {
  metadata: { labels: Record<string, string> };
  spec: PodSpec;
}

/** The workload as our own stack runs it: the same environment, limits, probes and grace for everybody. */
export interface Workload {
  port: number;
  /** the version that our stack runs */
  image: string;
  /** Pods of a version. */
  template(version: Version): Template;
  /** A pod that brings the database to a migration, with a version's image. */
  migration(version: Version, target: string): Template;
  /** Copies what the pods' environment comes from into a namespace that is there. */
  configure(namespace: string): Promise<void>;
}

/** Pods of a version out of the pods of another one (pure). @param command how a container starts, less the name of what it loads first */
export function templateOf(pod: PodSpec, { release, image }: Version, command: readonly string[]): Template {
  const [container] = pod.containers;
  const env = container.env.map((one) => (one.name === "RELEASE_ID" ? { name: one.name, value: release } : one));
  const start = [...command.slice(0, -1), "--import", HEADER, ...command.slice(-1)];
  const { topologySpreadConstraints: _, ...rest } = pod;
  return {
    metadata: { labels: { ...LABELS } },
    spec: { ...rest, containers: [{ ...container, image, env, command: start }] },
  };
}

/** A Job's pod out of a version's (pure). */
export function migrationOf({ spec }: Template, target: string): Template {
  const [{ ports, readinessProbe: _r, livenessProbe: _l, startupProbe: _s, lifecycle: _c, ...container }] =
    spec.containers;
  const command = ["node", "migrate.ts", "up", target];
  return {
    metadata: { labels: { job: "migrate" } },
    spec: { ...spec, restartPolicy: "Never", containers: [{ ...container, ports, command }] },
  };
}

const copiedSchema = z.object({
  data: z.record(z.string(), z.string()).default({}),
  type: z.string().optional(),
});

/** Reads the one release that a namespace of ours has. @throws Error where there is none, or more than one */
export async function readWorkload(
  objects: ClusterObjects,
  server: Pick<ApiServer, "send">,
  { namespace, command }: { namespace: string; command: readonly string[] },
): Promise<Workload> {
  const found = await objects.list(`/apis/apps/v1/namespaces/${namespace}/deployments`, deploymentSchema);
  const [only, another] = found;
  if (only === undefined || another !== undefined) {
    throw new Error(`${namespace} has ${found.length} Deployments: one release was expected`);
  }
  const pod = only.spec.template.spec;
  const [container] = pod.containers;
  const [{ configMapRef }] = [container.envFrom[0] ?? { configMapRef: { name: "" } }];
  const [port] = container.ports;
  const template: Workload["template"] = (version) => templateOf(pod, version, command);
  const copy = async (kind: "secrets" | "configmaps", to: string): Promise<void> => {
    const read = await objects.get(`/api/v1/namespaces/${namespace}/${kind}/${configMapRef.name}`, copiedSchema);
    if (read === null) throw new Error(`${namespace} has no ${configMapRef.name} among its ${kind}`);
    await mustCreate(server, `/api/v1/namespaces/${to}/${kind}`, { metadata: { name: configMapRef.name }, ...read });
  };
  return {
    port: port?.containerPort ?? 0,
    image: container.image,
    template,
    migration: (version, target) => migrationOf(template(version), target),
    async configure(to) {
      await copy("secrets", to);
      await copy("configmaps", to);
      const account = { metadata: { name: pod.serviceAccountName } };
      await mustCreate(server, `/api/v1/namespaces/${to}/serviceaccounts`, account);
    },
  };
}
