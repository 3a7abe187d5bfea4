import { z } from "zod";
import { RELEASE_LABEL } from "../domain/object-names.ts";
import { RELEASE_HEADER } from "../domain/release-header.ts";
import { badInput } from "../errors.ts";
import { type Answer, type ClientOptions, openClient } from "./kubernetes-client.ts";
import { type LeaseRecord, openLease } from "./kubernetes-leases.ts";
import {
  type Deployment,
  deploymentOf,
  gatewayUrlOf,
  type HttpRoute,
  httpRouteOf,
  type Pod,
  podsOf,
  type TargetGroup,
  targetGroupsOf,
} from "./kubernetes-objects.ts";
import { OWNED_KINDS, type OwnedObject, ownedIn } from "./owned-objects.ts";
import { execInPod, type PodCommand } from "./pod-exec.ts";
import { servedElsewhere } from "./served-at.ts";

export type { HttpRoute, Pod, RouteRule, TargetGroup } from "./kubernetes-objects.ts";

/** Which lines of a pod's log. */
export interface LogRange {
  since?: Date;
  /** The last so many lines. */
  tailLines?: number;
}

/** A path of a service in the cluster. */
export interface ServicePath {
  namespace: string;
  service: string;
  port: number;
  path: string;
}

/** A path of a pod, reached whether it is ready or not. */
type PodPath = Omit<ServicePath, "service"> & { pod: string };

/** Where the API server passes a question on to a pod. */
const proxyOf = ({ namespace, pod, port, path }: PodPath): string =>
  `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;

/** What the runner reads of the cluster. What stands there only a stack update changes; the runner may send a pod away, whom its owner replaces. */
export interface Kubernetes {
  /** The server's version, such as `v1.36.3`. */
  serverVersion(): Promise<string>;
  /** Whether the cluster is lent to the sandbox, whose time may be shortened. */
  isSandbox(): Promise<boolean>;
  /** The URL at which a Gateway's listener takes requests: that of its status, or where the environment says that it is reached. */
  gatewayUrl(namespace: string, name: string, listener: string): Promise<string>;
  /** Null where there is none; so below. */
  httpRoute(namespace: string, name: string): Promise<HttpRoute | null>;
  deployment(namespace: string, name: string): Promise<Deployment | null>;
  pods(namespace: string, labels: Readonly<Record<string, string>>): Promise<Pod[]>;
  podLogs(namespace: string, pod: string, range: LogRange): Promise<string>;
  /** The text at a path of a service, through the API server's proxy. */
  serviceProxyText(at: ServicePath): Promise<string>;
  /** The text at a path of a pod, through the API server's proxy. */
  podProxyText(at: PodPath): Promise<string>;
  /** What a pod answers at a path, whatever that is; asked once. */
  podAnswer(at: PodPath): Promise<Answer>;
  /** The target groups of a namespace's Services, where the AWS Load Balancer Controller runs; none where it doesn't. */
  targetGroups(namespace: string): Promise<TargetGroup[]>;
  /** A Lease, which says who leads; asked once. @throws Error where it can't be read */
  lease(namespace: string, name: string): Promise<LeaseRecord | null>;
  /** The values of a Secret, decoded: kept in memory, never shown. */
  secret(namespace: string, name: string): Promise<Record<string, string> | null>;
  /** The objects of releases and their Jobs that changes have made, by their metadata. */
  owned(namespace: string): Promise<OwnedObject[]>;
  /** Runs a command in a pod's container, and answers what it has printed. @throws Error where it can't be run, or fails */
  exec(asked: PodCommand): Promise<string>;
  /** Ends a pod with its grace; one that is gone is no error. */
  deletePod(namespace: string, pod: string): Promise<void>;
}

const secretSchema = z.object({ data: z.record(z.string(), z.string()).default({}) });
/** Milliseconds that a pod has to answer for itself. */
const POD_ANSWERS_WITHIN = 4_000;

/** The ConfigMap with which the sandbox says that a cluster is its own, or lent to it. */
export const SANDBOX_MARK = { namespace: "default", name: "production-runbooks-sandbox" } as const;

const versionSchema = z.object({ gitVersion: z.string() });
const TARGET_GROUP_BINDINGS = "/apis/elbv2.k8s.aws/v1beta1";
const GATEWAY_API = "/apis/gateway.networking.k8s.io/v1";

/** Parses what the API server says of an object; an error names the object. */
function parsed<T>(what: string, text: string, parse: (raw: unknown) => T): T {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    const why =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
    throw badInput(`${what}: ${why}`);
  }
}

/**
 * Opens the cluster that the kubeconfig names.
 * @throws Refusal (exit 2) here and from every function where the cluster can't be read or answers nonsense
 */
export async function openKubernetes(options: ClientOptions): Promise<Kubernetes> {
  const client = await openClient(options);
  const { read, readMetadata, remove, answer } = client;
  const mustRead = async (what: string, path: string, query?: Record<string, string>) => {
    const text = await read(path, query);
    if (text === null) throw badInput(`${what}: the cluster has none: see the stack's settings and KUBECONFIG`);
    return text;
  };
  /** What stands at a path, parsed; null where nothing does. */
  const found = async <T>(what: string, path: string, parse: (raw: unknown) => T): Promise<T | null> => {
    const text = await read(path);
    return text === null ? null : parsed(what, text, parse);
  };
  return {
    async serverVersion() {
      const what = "the server's version";
      return parsed(what, await mustRead(what, "/version"), (raw) => versionSchema.parse(raw).gitVersion);
    },
    async isSandbox() {
      const { namespace, name } = SANDBOX_MARK;
      return (await read(`/api/v1/namespaces/${namespace}/configmaps/${name}`)) !== null;
    },
    async gatewayUrl(namespace, name, listener) {
      const elsewhere = servedElsewhere(`${namespace}/${name}/${listener}`);
      if (elsewhere !== null) return elsewhere;
      const what = `Gateway ${namespace}/${name}`;
      const text = await mustRead(what, `${GATEWAY_API}/namespaces/${namespace}/gateways/${name}`);
      return parsed(what, text, (raw) => gatewayUrlOf(raw, listener));
    },
    httpRoute(namespace, name) {
      const path = `${GATEWAY_API}/namespaces/${namespace}/httproutes/${name}`;
      return found(`HTTPRoute ${namespace}/${name}`, path, (raw) => httpRouteOf(raw, RELEASE_HEADER));
    },
    deployment(namespace, name) {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
      return found(`Deployment ${namespace}/${name}`, path, deploymentOf);
    },
    async pods(namespace, labels) {
      const what = `the pods of ${namespace}`;
      const labelSelector = Object.entries(labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(",");
      const text = await mustRead(what, `/api/v1/namespaces/${namespace}/pods`, { labelSelector });
      return parsed(what, text, (raw) => podsOf(raw, RELEASE_LABEL));
    },
    async podLogs(namespace, pod, { since, tailLines }) {
      return mustRead(`the log of ${namespace}/${pod}`, `/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
        ...(since === undefined ? {} : { sinceTime: since.toISOString() }),
        ...(tailLines === undefined ? {} : { tailLines: String(tailLines) }),
      });
    },
    async serviceProxyText({ namespace, service, port, path }) {
      const proxy = `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy${path}`;
      return mustRead(`service ${namespace}/${service}:${port}`, proxy);
    },
    podProxyText: (at) => mustRead(`pod ${at.namespace}/${at.pod}:${at.port}`, proxyOf(at)),
    podAnswer: (at) => answer(proxyOf(at), POD_ANSWERS_WITHIN),
    async targetGroups(namespace) {
      const path = `${TARGET_GROUP_BINDINGS}/namespaces/${namespace}/targetgroupbindings`;
      return (await found(`the TargetGroupBindings of ${namespace}`, path, targetGroupsOf)) ?? [];
    },
    lease: async (namespace, name) => (await openLease(client, namespace, name).read())?.record ?? null,
    async secret(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
      const stored = await found(`Secret ${namespace}/${name}`, path, (raw) => secretSchema.parse(raw).data);
      if (stored === null) return null;
      const values = Object.entries(stored).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
      return Object.fromEntries(values);
    },
    async owned(namespace) {
      const lists = OWNED_KINDS.map(async (kind) => {
        const text = await readMetadata(`${kind.group}/namespaces/${namespace}/${kind.plural}`);
        return text === null ? [] : parsed(`the ${kind.plural} of ${namespace}`, text, (raw) => ownedIn(kind, raw));
      });
      return (await Promise.all(lists)).flat();
    },
    exec: (asked) => execInPod(options, asked),
    async deletePod(namespace, pod) {
      await remove(`/api/v1/namespaces/${namespace}/pods/${pod}`);
    },
  };
}
