import { bundlePattern } from "../domain/release-id.ts";
import type { Counted, GatewayMetrics } from "./place.ts";
import { labelMatches } from "./series.ts";

/** Who counts in a mesh: the Gateway's side of a request, so that none is counted twice. */
const REPORTER = "source";

/**
 * Istio as the Gateway, by workload (its standard metrics, istio.io/latest/docs/reference/config/metrics): the Deployment of a release is
 * named APPLICATION-RELEASE.
 */
export function istioMetrics({ namespace, application }: Counted): GatewayMetrics {
  const named = bundlePattern(application);
  const release = labelMatches("destination_workload", named);
  return {
    requests: "istio_requests_total",
    durations: "istio_request_duration_milliseconds",
    matchers: `reporter="${REPORTER}",destination_workload_namespace="${namespace}",destination_workload=~"${named}"`,
    rules: {
      // A scrape has everybody's series.
      release: (labels) =>
        labels.reporter === REPORTER && labels.destination_workload_namespace === namespace ? release(labels) : null,
      code: "response_code",
      second: 1 / 1_000,
    },
  };
}
