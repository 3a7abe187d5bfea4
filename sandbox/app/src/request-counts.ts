import type { RequestHandler } from "express";

/** Seconds, as the client libraries' histograms have them. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY] as const;
/** How NGINX writes down a client that left before its answer was whole. */
const CLIENT_LEFT = 499;
const SWITCHING_PROTOCOLS = 101;

/** What a pod has answered since its process began, but for what stands before it in the app: probes and scrapes. */
export interface RequestCounts {
  count: RequestHandler;
  /** Counts a WebSocket that was opened: its life is no answer's time. */
  upgraded(): void;
  /** The numbers in Prometheus' text format, a line each. */
  lines(): string[];
}

export function createRequestCounts(): RequestCounts {
  const answered = new Map<number, number>();
  const upTo = BOUNDS.map(() => 0);
  const began = Date.now() / 1_000 - process.uptime();
  let seconds = 0;
  const add = (code: number): void => {
    answered.set(code, (answered.get(code) ?? 0) + 1);
  };
  return {
    count: (_req, res, next) => {
      const started = performance.now();
      res.once("close", () => {
        const took = (performance.now() - started) / 1_000;
        add(res.writableFinished ? res.statusCode : CLIENT_LEFT);
        seconds += took;
        for (const [at, bound] of BOUNDS.entries()) if (took <= bound) upTo[at] = (upTo[at] ?? 0) + 1;
      });
      next();
    },
    upgraded: () => add(SWITCHING_PROTOCOLS),
    lines: () => [
      "# HELP process_start_time_seconds When the process began, in seconds since the epoch.",
      "# TYPE process_start_time_seconds gauge",
      `process_start_time_seconds ${began}`,
      "# HELP http_requests_total Requests answered, by status code.",
      "# TYPE http_requests_total counter",
      ...[...answered].map(([code, count]) => `http_requests_total{code="${code}"} ${count}`),
      "# HELP http_request_duration_seconds How long answers took.",
      "# TYPE http_request_duration_seconds histogram",
      ...BOUNDS.map((bound, at) => {
        const le = Number.isFinite(bound) ? bound : "+Inf";
        return `http_request_duration_seconds_bucket{le="${le}"} ${upTo[at] ?? 0}`;
      }),
      `http_request_duration_seconds_sum ${seconds}`,
      `http_request_duration_seconds_count ${upTo.at(-1) ?? 0}`,
    ],
  };
}
