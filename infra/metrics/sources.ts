import type { ServicePath } from "../clients/kubernetes.ts";
import { type ApplicationMetrics, applicationSource, type PodReader } from "./application.ts";
import { type AwsLoadBalancer, awsLoadBalancerSource, type TargetGroupReader } from "./aws-load-balancer.ts";
import { istioMetrics } from "./istio.ts";
import { nginxGatewayFabricMetrics } from "./nginx-gateway-fabric.ts";
import { type Counted, gatewaySource, type MetricsPlace } from "./place.ts";
import { prometheusSource } from "./prometheus.ts";
import type { ReadCounters } from "./reading.ts";
import { type ServiceReader, scrapeSource } from "./scrape.ts";
import { labelIs } from "./series.ts";
import { traefikMetrics } from "./traefik.ts";

/** Where requests are counted: by the Gateway, by a Prometheus that collects its metrics, or by the application itself. */
export type MetricsSource =
  | (ServicePath & {
      source: "scrape";
      metric: string;
      durations?: string | undefined;
      releaseLabel: string;
      codeLabel: string;
    })
  | {
      source: "prometheus";
      url: string;
      query: string;
      durations?: string | undefined;
      scrapeInterval: number;
    }
  | ({ source: "traefik" | "istio" | "nginx-gateway-fabric" } & MetricsPlace)
  | ({ source: "aws-load-balancer" } & AwsLoadBalancer)
  | ({ source: "application" } & Pick<ApplicationMetrics, "metric" | "codeLabel" | "pathLabel" | "durations">);

const GATEWAYS = {
  traefik: traefikMetrics,
  istio: istioMetrics,
  "nginx-gateway-fabric": nginxGatewayFabricMetrics,
} as const;

/** What a source needs to know of the stack. */
export interface CountedStack extends Counted {
  /** Where the application shows its own metrics. */
  metricsPath: string;
  /** Paths of the probes. */
  probePaths: readonly string[];
}

/** How to read the counters that the settings name. The function returned rejects where there is no sense. */
export function countersFrom(
  source: MetricsSource,
  stack: CountedStack,
  cluster: ServiceReader & PodReader & TargetGroupReader,
): ReadCounters {
  switch (source.source) {
    case "prometheus": {
      const { url, query, durations = null, scrapeInterval } = source;
      const rules = { release: labelIs("release"), code: "code", second: 1 };
      return prometheusSource({ url, requests: query, durations, rules, scrapeInterval });
    }
    case "scrape": {
      const { namespace, service, port, path, metric, durations = null, releaseLabel, codeLabel } = source;
      const rules = { release: labelIs(releaseLabel), code: codeLabel, second: 1 };
      return scrapeSource({ namespace, service, port, path }, { requests: metric, durations, rules }, cluster);
    }
    case "application": {
      const { metricsPath: path, probePaths } = stack;
      return applicationSource({ ...source, path, leftOut: [...probePaths, path] }, stack, cluster);
    }
    case "aws-load-balancer":
      return awsLoadBalancerSource(source, stack, cluster);
    default:
      return gatewaySource(source, GATEWAYS[source.source](stack), cluster);
  }
}

/** Whether a source has a histogram of durations. */
export function hasDurations(source: MetricsSource): boolean {
  if (source.source === "scrape" || source.source === "prometheus") return source.durations !== undefined;
  return source.source !== "nginx-gateway-fabric" && source.source !== "aws-load-balancer";
}

interface CountedSettings {
  cluster: { namespace: string };
  application: { name: string; metricsPath: string; healthPath: string; readyPath: string };
}

/** What of a stack's settings a source has to know. */
export function countedOf({ cluster, application }: CountedSettings): CountedStack {
  const { name, metricsPath, healthPath, readyPath } = application;
  return { namespace: cluster.namespace, application: name, metricsPath, probePaths: [healthPath, readyPath] };
}
