import { queryPrometheus } from "../../clients/prometheus.ts";
import { finite, onlyOne } from "./answer.ts";
import type { AskMetric } from "./metric.ts";
import { type Sign, signerFor } from "./signed.ts";

export interface PrometheusMetric {
  url: string;
  /** The region of Amazon Managed Service for Prometheus, whose requests are signed; null for any other Prometheus. */
  region: string | null;
}

/** PromQL that comes to one number, asked of a Prometheus or of Amazon's. */
export function prometheusMetric(
  { url, region }: PrometheusMetric,
  sign: Sign | null = region === null ? null : signerFor("aps", region),
): AskMetric {
  const headers = async (asked: URL) => (sign === null ? {} : sign({ method: "GET", url: asked, headers: {} }));
  return async (query, signal) => {
    const samples = await queryPrometheus({ url, query, wanted: "vector", headers, signal });
    return finite("Prometheus", onlyOne("Prometheus", samples).value);
  };
}
