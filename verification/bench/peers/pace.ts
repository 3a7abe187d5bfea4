/** What is the same for everybody, so that the rows can be held against each other. */

/** Percent of the traffic, one after another. */
export const WEIGHTS = [5, 25, 50, 100] as const;
/** How long a weight stays where somebody takes that; seconds between two looks: Flagger takes no shorter ones. */
export const STEP_MINUTES = 10;
export const LOOK_SECONDS = 10;
/** Percent of the canary's requests that have to succeed, over the minute before: what Flagger's documentation takes. */
export const SUCCESS_PERCENT = 99;
export const WINDOW = "1m";
/** Pods of either release. */
export const PODS = 2;
/** Seconds between two readings of the Gateway's counters by Prometheus. */
export const SCRAPE_SECONDS = 2;

/** What users do meanwhile. */
export const OFFERED = { requestsPerSecond: 100, sessions: 20, webSockets: 20, maxSeconds: 1_800 } as const;

/** The share of requests that succeed to the services of Traefik's that a pattern names, as Flagger's own query for Traefik has it. */
export function successQuery(service: string): string {
  const rate = (codes: string) => `sum(rate(traefik_service_requests_total{service=~"${service}"${codes}}[${WINDOW}]))`;
  return `${rate(',code!~"5.."')} / ${rate("")}`;
}
