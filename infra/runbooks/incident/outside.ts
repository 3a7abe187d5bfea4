import type { Kubernetes, Pod } from "../../clients/kubernetes.ts";
import { servedAt } from "../../clients/served-at.ts";
import { APP_PORT, NAME_LABEL } from "../../domain/object-names.ts";
import { bundleName } from "../../domain/release-id.ts";
import { badInput } from "../../errors.ts";
import type { GrowingRedactor } from "../../records/redaction/growing.ts";
import type { Settings } from "../../settings/index.ts";
import type { Facts, PodFacts, Probe } from "./facts.ts";
import { faultLines, type PodLogs } from "./log-lines.ts";
import { probeGateway } from "./probes/gateway.ts";
import { probePods } from "./probes/pods.ts";
import { probePostgres } from "./probes/postgres.ts";
import { probeRedis } from "./probes/redis.ts";
import { probeSupabase } from "./probes/supabase.ts";

/** What an incident sees of the outside, without the secrets in what pods say. It changes nothing there. */
export interface IncidentView {
  /** Asks everything once, side by side, with the credentials of a release's pods. */
  look(release: string): Promise<Facts>;
  /** The pods' log lines since a time. */
  logs(since: Date): Promise<PodLogs>;
}

/** What an incident's view compares and withholds. */
export interface Withholding {
  /** Supabase's key of the stack's settings, to be compared with what the pods carry */
  stackKey: string;
  redactor: GrowingRedactor;
  /** makes the redactor know every generation that the stack keeps; rejects where it can't */
  know(): Promise<void>;
}

/** Lines that are read of one pod's log at most. */
const MOST_LINES = 5_000;

/** Postgres' URL where it is really asked, with its user and password. */
function databaseAt(text: string): string {
  const url = new URL(text);
  const at = new URL(servedAt(url).href);
  at.username = url.username;
  at.password = url.password;
  return at.href;
}

/** What of the settings says where the backends and the pods are. */
type Places = Pick<Settings, "stage" | "gateway"> & {
  services: Pick<Settings["services"], "supabaseUrl">;
  application: Pick<Settings["application"], "name" | "healthPath" | "readyPath">;
  cluster: Pick<Settings["cluster"], "namespace">;
};

/** What an incident asks the cluster. */
type Cluster = Pick<Kubernetes, "pods" | "podLogs" | "podAnswer" | "deployment" | "secret" | "gatewayUrl">;

/** What a pod says of itself may quote whatever it was given. */
function redactedPod(pod: PodFacts, { text }: Pick<GrowingRedactor, "text">): PodFacts {
  const redacted = (probe: Probe): Probe => ({ ...probe, detail: text(probe.detail) });
  const checks = Object.entries(pod.checks ?? {}).map(([name, check]) => [text(name), redacted(check)] as const);
  return {
    ...pod,
    health: redacted(pod.health),
    readiness: redacted(pod.readiness),
    checks: pod.checks === null ? null : Object.fromEntries(checks),
  };
}

/** Why a pod's log is quoted nowhere. */
const NOT_QUOTED =
  "its log isn't quoted, since neither its Secret nor the stack's secrets could be read: what is secret in it isn't known";

export function openIncidentView(
  settings: Places,
  kubernetes: Cluster,
  { stackKey, redactor, know }: Withholding,
): IncidentView {
  const { application, cluster, gateway, services, stage } = settings;
  const { namespace } = cluster;
  const ourPods = () => kubernetes.pods(namespace, { [NAME_LABEL]: application.name });
  // One whose container hasn't started has written nothing, and the API server refuses to show that.
  const podsWithLogs = async () => (await ourPods()).filter(({ job, phase }) => job === null && phase !== "Pending");
  const credentials = async (release: string) => {
    const name = bundleName(application.name, release);
    const values = await kubernetes.secret(namespace, name);
    redactor.add(Object.values(values ?? {}));
    const { SUPABASE_KEY, REDIS_URL, DATABASE_URL } = values ?? {};
    if (SUPABASE_KEY !== undefined && REDIS_URL !== undefined && DATABASE_URL !== undefined) {
      return { key: SUPABASE_KEY, redisUrl: REDIS_URL, databaseUrl: DATABASE_URL };
    }
    throw badInput(
      `Secret ${namespace}/${name}: it can't be read or lacks SUPABASE_KEY, REDIS_URL or DATABASE_URL: see that the kubeconfig's user may read Secrets there`,
    );
  };
  /** Makes the redactor know what pods were given; answers whose Secrets it knows. */
  const secretsOf = async (pods: readonly Pod[]): Promise<Set<string>> => {
    const releases = new Set(pods.flatMap(({ release }) => release ?? []));
    const read = async (release: string) => {
      const values = await kubernetes.secret(namespace, bundleName(application.name, release)).catch(() => null);
      redactor.add(Object.values(values ?? {}));
      return values === null ? [] : [release];
    };
    return new Set((await Promise.all([...releases].map(read))).flat());
  };
  return {
    async look(release) {
      const { key, redisUrl, databaseUrl } = await credentials(release);
      const baseUrl = await kubernetes.gatewayUrl(gateway.namespace, gateway.name, stage);
      const paths = { health: application.healthPath, ready: application.readyPath };
      const asked = kubernetes.deployment(namespace, bundleName(application.name, release));
      const [pods, desired, gatewayFacts, redis, postgres, supabase] = await Promise.all([
        ourPods().then(async (found) => {
          const running = found.filter(({ job, phase }) => job === null && phase !== "Succeeded" && phase !== "Failed");
          const ask = (pod: string, path: string) => kubernetes.podAnswer({ namespace, pod, port: APP_PORT, path });
          const others = running.filter((pod) => pod.release !== release);
          const [probed] = await Promise.all([probePods(running, paths, ask), secretsOf(others)]);
          return probed;
        }),
        asked.then(
          (deployment) => deployment?.desired ?? null,
          () => null,
        ),
        probeGateway({ baseUrl, hostname: gateway.hostname, healthPath: application.healthPath }),
        probeRedis(redisUrl),
        probePostgres(databaseAt(databaseUrl)),
        probeSupabase({ url: servedAt(new URL(services.supabaseUrl)).href, key, stackKey }),
      ]);
      const said = pods.map((pod) => redactedPod(pod, redactor));
      return { gateway: gatewayFacts, pods: said, desired, redis, postgres, supabase };
    },
    async logs(since) {
      const pods = await podsWithLogs();
      const [known, isStackKnown] = await Promise.all([
        secretsOf(pods),
        know().then(
          () => true,
          () => false,
        ),
      ]);
      const read = async ({ name: pod, release }: Pod) => {
        if (!isStackKnown && (release === null || !known.has(release))) {
          return { texts: [], unread: [{ pod, why: NOT_QUOTED }] };
        }
        try {
          const text = await kubernetes.podLogs(namespace, pod, { since, tailLines: MOST_LINES });
          // Before any line is cut: what is cut in its middle isn't known any more.
          return { texts: [[pod, redactor.text(faultLines(text))] as const], unread: [] };
        } catch (error) {
          const why = redactor.text(error instanceof Error ? error.message : String(error));
          return { texts: [], unread: [{ pod, why }] };
        }
      };
      const all = await Promise.all(pods.map(read));
      const unread = all.flatMap((one) => one.unread);
      // A pod that went meanwhile has taken its log along.
      const left = unread.length === 0 ? [] : (await podsWithLogs()).map(({ name }) => name);
      return {
        texts: Object.fromEntries(all.flatMap(({ texts }) => texts)),
        unread: unread.filter(({ pod }) => left.includes(pod)).map(({ pod, why }) => `${pod}: ${why}`),
      };
    },
  };
}
