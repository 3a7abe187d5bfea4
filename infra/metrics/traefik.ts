import { bundlePattern } from "../domain/release-id.ts";
import type { Counted, GatewayMetrics } from "./place.ts";
import { labelMatches } from "./series.ts";

/** What Traefik calls the protocols whose requests last as long as their connection; it counts their whole life, with the code 200. */
const STAYS_OPEN: ReadonlySet<string | undefined> = new Set(["websocket", "sse"]);

/**
 * Traefik as the Gateway (seen on 3.7.13). It counts by a service of its own, whose name has the route's namespace and the release's
 * Service in it: `httproute-NAMESPACE-...-APPLICATION-RELEASE-0@kubernetesgateway`. It renames them at each change of the route, so series
 * come and go; they come in a process that is known, and so begin at 0.
 */
export function traefikMetrics({ namespace, application }: Counted): GatewayMetrics {
  const named = `httproute-${namespace}-.*[^a-z0-9]${bundlePattern(application)}[^a-z0-9].*`;
  return {
    requests: "traefik_service_requests_total",
    durations: "traefik_service_request_duration_seconds",
    matchers: `service=~"${named}"`,
    rules: {
      release: labelMatches("service", named),
      code: "code",
      second: 1,
      staysOpen: ({ protocol }) => STAYS_OPEN.has(protocol),
    },
  };
}
