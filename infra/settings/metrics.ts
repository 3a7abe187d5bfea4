import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { awsRegion } from "./aws-names.ts";
import { dnsLabel } from "./kubernetes-names.ts";
import { label, port, positiveDuration, textOf, urlPath } from "./parts.ts";

const prometheusUrl = z.url({
  protocol: /^https?$/,
  error: `write Prometheus' address, such as "http://prometheus.monitoring:9090"`,
});

/** A Gateway whose metrics' names and labels are known: from a Prometheus, or from its one instance. */
function ofGateway<Name extends string>(name: Name) {
  return z
    .strictObject({
      source: z.literal(name),
      /** The Prometheus that scrapes the Gateway. */
      url: prometheusUrl.optional(),
      scrapeInterval: positiveDuration.prefault("1m"),
      /** In place of `url`: the Service of a Gateway that has one instance. */
      scrape: z
        .strictObject({ namespace: dnsLabel, service: dnsLabel, port, path: urlPath.default("/metrics") })
        .optional(),
    })
    .refine(({ url, scrape }) => (url === undefined) !== (scrape === undefined), {
      path: ["url"],
      error: "write either url (a Prometheus) or scrape (the Gateway's own metrics), and only one of them",
    });
}

/** Where requests are counted, by the name of who counts. */
export const metricsSchema = z.discriminatedUnion(
  "source",
  [
    z.strictObject({
      source: z.literal("scrape"),
      namespace: dnsLabel,
      service: dnsLabel,
      port,
      path: urlPath,
      metric: label,
      releaseLabel: label,
      codeLabel: label,
      /** The histogram of durations by release, in seconds, without `_bucket`; without it latency isn't judged. */
      durations: label.optional(),
    }),
    z.strictObject({
      source: z.literal("prometheus"),
      url: prometheusUrl,
      query: z.string().min(1),
      /** PromQL for a histogram of durations by `release`, in seconds, classic (by `le` too) or native; without it latency isn't judged. */
      durations: z.string().min(1).optional(),
      /** How often Prometheus scrapes: where the query calculates, a sample may be as old as this. */
      scrapeInterval: positiveDuration.prefault("1m"),
    }),
    ofGateway("traefik"),
    ofGateway("istio"),
    ofGateway("nginx-gateway-fabric"),
    z.strictObject({
      source: z.literal("aws-load-balancer"),
      region: awsRegion,
      /** The end of the Application Load Balancer's ARN, as CloudWatch calls it. */
      loadBalancer: textOf(
        /^app\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{8,}$/,
        `write the end of its ARN, such as "app/k8s-public/50dc6c495c0c9188"`,
      ),
    }),
    z.strictObject({
      source: z.literal("application"),
      /** The counter of requests on `application.metricsPath`: of all but those to the probes' paths, upgrades too. */
      metric: label.default("http_requests_total"),
      codeLabel: label.default("code"),
      /** Where it has the path, requests to the health, the ready and the metrics path are left out by it. */
      pathLabel: label.default("path"),
      /** The histogram of durations in seconds, without `_bucket`. */
      durations: label.default("http_request_duration_seconds"),
    }),
  ],
  {
    error: `write source: "scrape", "prometheus", "application", "traefik", "istio", "nginx-gateway-fabric" or "aws-load-balancer"`,
  },
);

/** How long gates must be able to hold where counts come minutes later: one look at users' requests takes up to five minutes. */
const SLOWEST_LOOK = 6 * 60_000;

const slowly = z.object({
  gates: z.object({
    timeout: duration.refine((milliseconds) => milliseconds >= SLOWEST_LOOK, {
      error: "is too short for metrics.source: aws-load-balancer, whose counts come minutes later: write 6m or more",
    }),
  }),
});

const counted = z.object({
  metrics: z.object({ source: z.literal("aws-load-balancer") }),
  gates: z.object({ timeout: duration }),
});

/** The rule of the source whose counts come minutes later, kept apart so that it is checked whatever else is wrong. */
export function checkSlowCounts(raw: unknown): z.ZodError | null {
  return counted.safeParse(raw).success ? (slowly.safeParse(raw).error ?? null) : null;
}
