import type { Kubernetes } from "../../clients/kubernetes.ts";
import { servedAt } from "../../clients/served-at.ts";
import { APP_PORT, NAME_LABEL } from "../../domain/object-names.ts";
import { bundleName } from "../../domain/release-id.ts";
import { badInput } from "../../errors.ts";
import type { Settings } from "../../settings/index.ts";
import type { Facts } from "./facts.ts";
import type { PodLogs } from "./log-lines.ts";
import { probeGateway } from "./probes/gateway.ts";
import { probePods } from "./probes/pods.ts";
import { probePostgres } from "./probes/postgres.ts";
import { probeRedis } from "./probes/redis.ts";
import { probeSupabase } from "./probes/supabase.ts";

/** What an incident sees of the outside. It changes nothing there. */
export interface IncidentView {
  /** Asks everything once, side by side, with the credentials of a release's pods. */
  look(release: string): Promise<Facts>;
  /** The pods' log lines since a time. */
  logs(since: Date): Promise<PodLogs>;
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

/** @param stackKey Supabase's key of the stack's settings, to be compared with what the pods carry */
export function openIncidentView(settings: Settings, kubernetes: Kubernetes, stackKey: string): IncidentView {
  const { application, cluster, gateway, services, stage } = settings;
  const { namespace } = cluster;
  const ourPods = () => kubernetes.pods(namespace, { [NAME_LABEL]: application.name });
  // One whose container hasn't started has written nothing, and the API server refuses to show that.
  const podsWithLogs = async () => (await ourPods()).filter(({ job, phase }) => job === null && phase !== "Pending");
  const credentials = async (release: string) => {
    const name = bundleName(application.name, release);
    const values = await kubernetes.secret(namespace, name);
    const { SUPABASE_KEY, REDIS_URL, DATABASE_URL } = values ?? {};
    if (SUPABASE_KEY !== undefined && REDIS_URL !== undefined && DATABASE_URL !== undefined) {
      return { key: SUPABASE_KEY, redisUrl: REDIS_URL, databaseUrl: DATABASE_URL };
    }
    throw badInput(
      `Secret ${namespace}/${name}: it can't be read or lacks SUPABASE_KEY, REDIS_URL or DATABASE_URL: see that the kubeconfig's user may read Secrets there`,
    );
  };
  return {
    async look(release) {
      const { key, redisUrl, databaseUrl } = await credentials(release);
      const baseUrl = await kubernetes.gatewayUrl(gateway.namespace, gateway.name, stage);
      const paths = { health: application.healthPath, ready: application.readyPath };
      const [pods, gatewayFacts, redis, postgres, supabase] = await Promise.all([
        ourPods().then((found) =>
          probePods(
            found.filter(({ job, phase }) => job === null && phase !== "Succeeded" && phase !== "Failed"),
            paths,
            (pod, path) => kubernetes.podAnswer({ namespace, pod, port: APP_PORT, path }),
          ),
        ),
        probeGateway({ baseUrl, hostname: gateway.hostname, healthPath: application.healthPath }),
        probeRedis(redisUrl),
        probePostgres(databaseAt(databaseUrl)),
        probeSupabase({ url: servedAt(new URL(services.supabaseUrl)).href, key, stackKey }),
      ]);
      return { gateway: gatewayFacts, pods, redis, postgres, supabase };
    },
    async logs(since) {
      const pods = await podsWithLogs();
      const read = async (pod: string) => {
        try {
          const text = await kubernetes.podLogs(namespace, pod, { since, tailLines: MOST_LINES });
          return { texts: [[pod, text] as const], unread: [] };
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          return { texts: [], unread: [{ pod, why }] };
        }
      };
      const all = await Promise.all(pods.map(({ name }) => read(name)));
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
