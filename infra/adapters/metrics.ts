import type { Counters } from "../gates/gate.ts";
import { queryPrometheus } from "./prometheus.ts";
import { parseExposition, type Sample } from "./scrape.ts";

/** Where requests are counted: a gateway's own metrics, or a Prometheus that collects them. */
export type MetricsSource =
  | {
      source: "scrape";
      namespace: string;
      service: string;
      port: number;
      path: string;
      metric: string;
      releaseLabel: string;
      codeLabel: string;
      durations?: string | undefined;
    }
  | { source: "prometheus"; url: string; query: string; durations?: string | undefined };

/** A path of a service in the cluster. */
export interface ServicePath {
  namespace: string;
  service: string;
  port: number;
  path: string;
}

/** Reads the text there, as `Kubernetes` does through the API server's service proxy. */
export interface ServiceReader {
  serviceProxyText(at: ServicePath): Promise<string>;
}

export interface CounterLabels {
  release: string;
  code: string;
}

/** 0 is how some proxies count a client that left. */
const STATUS_CODE = /^(?:0|[1-5](?:\d\d|xx))$/;

function describe({ metric, labels }: Sample): string {
  return `${metric}${JSON.stringify(labels)}`;
}

/**
 * Pure: requests and 5xx answers per release.
 * @throws Error where a sample lacks a label, its code is no status code, its value no count, or there is none at all
 */
export function countSamples(samples: readonly Sample[], labels: CounterLabels, at: number): Counters {
  if (samples.length === 0) throw new Error("the metrics hold no sample of the requests");
  const releases: Counters["releases"] = {};
  for (const sample of samples) {
    const [release, code] = [sample.labels[labels.release], sample.labels[labels.code]];
    if (release === undefined || code === undefined) {
      throw new Error(`${describe(sample)} lacks the label ${labels.release} or ${labels.code}`);
    }
    if (!STATUS_CODE.test(code)) throw new Error(`${describe(sample)} has a code that is no HTTP status`);
    if (!Number.isFinite(sample.value) || sample.value < 0) throw new Error(`${describe(sample)} is ${sample.value}`);
    const counted = releases[release] ?? { requests: 0, errors: 0 };
    releases[release] = {
      requests: counted.requests + sample.value,
      errors: counted.errors + (code.startsWith("5") ? sample.value : 0),
    };
  }
  return { at, releases };
}

/**
 * How to read the counters that the settings name. A scrape reads one instance's own counters; behind several
 * instances of a gateway use Prometheus, whose query sums them. The function returned rejects where there is no sense.
 */
export function countersFrom(source: MetricsSource, cluster: ServiceReader): () => Promise<Counters> {
  if (source.source === "prometheus") {
    return async () => countSamples(await queryPrometheus(source), { release: "release", code: "code" }, Date.now());
  }
  const { namespace, service, port, path, metric, releaseLabel, codeLabel } = source;
  return async () => {
    const samples = parseExposition(await cluster.serviceProxyText({ namespace, service, port, path }));
    const counted = samples.filter((sample) => sample.metric === metric);
    return countSamples(counted, { release: releaseLabel, code: codeLabel }, Date.now());
  };
}
