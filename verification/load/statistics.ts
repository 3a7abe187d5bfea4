import { createLatencies } from "./latencies.ts";

const SAMPLED_ERRORS = 10;
/** The release of an answer without the gateway's header, or of a request without an answer. */
export const NO_RELEASE = "none";

/** What became of one request. */
export interface Outcome {
  /** The call as people name it: `GET /api/documents/:id`. */
  path: string;
  release: string;
  milliseconds: number;
  /** Why it counts as failed, in words; null where it didn't. */
  failure: string | null;
}

export interface ReleaseTally {
  requests: number;
  failed: number;
  /** Of all requests, 0..1. */
  share: number;
  /** When the first of them was sent and the last one was answered: milliseconds since 1970. */
  firstAt: number;
  lastAt: number;
}

/** A snapshot of a load. It is JSON, so it can leave the process. */
export interface LoadStats {
  seconds: number;
  sent: number;
  failed: number;
  /** Sent and not yet answered: it grows while the service stalls. */
  underway: number;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  byRelease: Record<string, ReleaseTally>;
  failuresByPath: Record<string, number>;
  /** The first few failures, lost sessions and lost WebSockets, in words. */
  errors: string[];
  sessions: number;
  lostSessions: number;
  webSockets: number;
  lostWebSockets: number;
  /** Closed by the server with notice (1012), to be opened again elsewhere. */
  drainedWebSockets: number;
  webSocketPongs: number;
  /** The longest time for which the generator itself did nothing, without CPU: it says nothing of the service, and makes its durations longer. */
  longestPauseMs: number;
}

export interface Statistics {
  sent(): void;
  finished(outcome: Outcome): void;
  sessionLost(how: string): void;
  webSocketLost(how: string): void;
  webSocketDrained(): void;
  pong(): void;
  snapshot(now: Pick<LoadStats, "sessions" | "webSockets" | "longestPauseMs">): LoadStats;
}

/** Counts what the load met. Nothing in it grows with the time that the load runs. */
export function createStatistics(): Statistics {
  const started = performance.now();
  const latencies = createLatencies();
  const releases = new Map<string, Omit<ReleaseTally, "share">>();
  const failuresByPath = new Map<string, number>();
  const errors: string[] = [];
  const counts = { sent: 0, finished: 0, failed: 0 };
  const lost = { lostSessions: 0, lostWebSockets: 0, drainedWebSockets: 0, webSocketPongs: 0 };

  function remember(error: string): void {
    if (errors.length < SAMPLED_ERRORS) errors.push(error);
  }

  return {
    sent: () => {
      counts.sent += 1;
    },
    finished: ({ path, release, milliseconds, failure }) => {
      counts.finished += 1;
      latencies.add(milliseconds);
      const now = Date.now();
      const sentAt = now - milliseconds;
      const tally = releases.get(release) ?? { requests: 0, failed: 0, firstAt: sentAt, lastAt: now };
      releases.set(release, tally);
      tally.requests += 1;
      tally.firstAt = Math.min(tally.firstAt, sentAt);
      tally.lastAt = now;
      if (failure === null) return;
      tally.failed += 1;
      counts.failed += 1;
      failuresByPath.set(path, (failuresByPath.get(path) ?? 0) + 1);
      remember(`${path} (release ${release}): ${failure}`);
    },
    sessionLost: (how) => {
      lost.lostSessions += 1;
      remember(`session lost: ${how}`);
    },
    webSocketLost: (how) => {
      lost.lostWebSockets += 1;
      remember(`websocket lost: ${how}`);
    },
    webSocketDrained: () => {
      lost.drainedWebSockets += 1;
    },
    pong: () => {
      lost.webSocketPongs += 1;
    },
    snapshot: (now) => ({
      seconds: Math.round((performance.now() - started) / 10) / 100,
      sent: counts.sent,
      failed: counts.failed,
      underway: counts.sent - counts.finished,
      latencyMs: { p50: latencies.quantile(0.5), p95: latencies.quantile(0.95), p99: latencies.quantile(0.99) },
      byRelease: Object.fromEntries(
        [...releases].map(([release, tally]) => [release, { ...tally, share: tally.requests / counts.finished }]),
      ),
      failuresByPath: Object.fromEntries(failuresByPath),
      errors: [...errors],
      ...now,
      ...lost,
    }),
  };
}
