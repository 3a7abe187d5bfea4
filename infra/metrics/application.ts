import { parseExposition, type Sample } from "../clients/exposition.ts";
import type { Kubernetes, Pod } from "../clients/kubernetes.ts";
import { APP_PORT, NAME_LABEL } from "../domain/object-names.ts";
import type { Counted } from "./place.ts";
import type { ReadCounters } from "./reading.ts";
import { countScrape, type ScrapedMetrics } from "./scrape.ts";

/** A pod that may be asked what it has served. */
type ServingPod = Pick<Pod, "name" | "release" | "job" | "ready" | "phase">;

/** Reads pods, as `Kubernetes` does through the API server's pod proxy. */
export interface PodReader extends Pick<Kubernetes, "podProxyText"> {
  pods(namespace: string, labels: Readonly<Record<string, string>>): Promise<ServingPod[]>;
}

/** How the application counts: metrics of its own, by the code and where it has one by the path. */
export interface ApplicationMetrics {
  path: string;
  metric: string;
  codeLabel: string;
  pathLabel: string;
  durations: string;
  /** Paths that probes and scrapes ask: nobody's requests. */
  leftOut: readonly string[];
}

/**
 * What the release's pods have counted themselves, each scraped through the API server: needs no Prometheus, and no metrics of the
 * Gateway (Envoy Gateway has none by backend, envoyproxy/gateway#6742). Probes come from the kubelet, so requests to their paths are left
 * out; every other request has to be counted, including upgrades to WebSockets.
 */
export function applicationSource(
  { path, metric, codeLabel, pathLabel, durations, leftOut }: ApplicationMetrics,
  { namespace, application }: Counted,
  cluster: PodReader,
): ReadCounters {
  const paths = new Set(leftOut);
  const counts = ({ labels }: Sample) => !paths.has(labels[pathLabel] ?? "");
  const scrape = async ({ name }: ServingPod, release: string) => {
    const text = await cluster.podProxyText({ namespace, pod: name, port: APP_PORT, path });
    const metrics: ScrapedMetrics = {
      requests: metric,
      durations,
      rules: { release: () => release, code: codeLabel, second: 1 },
    };
    return countScrape(parseExposition(text).filter(counts), name, metrics);
  };
  return async () => {
    const from = Date.now();
    const pods = await cluster.pods(namespace, { [NAME_LABEL]: application });
    const serving = pods.flatMap((pod) =>
      pod.release === null || pod.job !== null || pod.phase !== "Running" ? [] : [{ pod, release: pod.release }],
    );
    // A pod that can't be asked is one that is missing from this reading.
    const asked = await Promise.allSettled(serving.map(({ pod, release }) => scrape(pod, release)));
    const scraped = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const refused = asked.find((one) => one.status === "rejected");
    if (scraped.length === 0) {
      throw refused?.reason ?? new Error(`no pod of ${application} runs in ${namespace}`);
    }
    return [
      {
        from,
        to: Date.now(),
        targets: scraped.map(({ target }) => target),
        requests: scraped.flatMap(({ requests }) => requests),
        buckets: scraped.flatMap(({ buckets }) => buckets),
        counted: "without probes",
      },
    ];
  };
}
