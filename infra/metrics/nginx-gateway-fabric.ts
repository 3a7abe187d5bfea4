import { bundlePattern } from "../domain/release-id.ts";
import type { Counted, GatewayMetrics } from "./place.ts";
import { labelMatches } from "./series.ts";

/**
 * NGINX Gateway Fabric 2 as the Gateway. Its metrics by upstream come with NGINX Plus alone; an upstream is named
 * NAMESPACE_SERVICE_PORT, and it tells the status' range. Without Plus take `application`. Durations are an average there, no histogram.
 */
export function nginxGatewayFabricMetrics({ namespace, application }: Counted): GatewayMetrics {
  const named = `${namespace}_${bundlePattern(application)}_.*`;
  return {
    requests: "nginx_http_upstream_peer_responses_total",
    durations: null,
    matchers: `nginx_upstream_name=~"${named}"`,
    rules: { release: labelMatches("nginx_upstream_name", named), code: "nginx_status_range", second: 1 },
  };
}
