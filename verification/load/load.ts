import { monitorEventLoopDelay } from "node:perf_hooks";
import { startArrivals } from "./arrivals.ts";
import { createClient } from "./client.ts";
import { arrive } from "./mix.ts";
import { type LoadInput, parseLoadOptions } from "./options.ts";
import { onceRouted } from "./routed.ts";
import { createStatistics, type LoadStats } from "./statistics.ts";
import { logIn, type UserSession } from "./user-session.ts";
import { startWebSockets } from "./web-sockets.ts";

export type { LoadInput } from "./options.ts";
export type { LoadStats } from "./statistics.ts";

/** A load under way. */
export interface Load {
  /** What was met so far. */
  stats(): Promise<LoadStats>;
  /** Ends the load, waits for the requests under way and resolves to the final statistics; again the same when called again. */
  stop(): Promise<LoadStats>;
}

/**
 * Logs the sessions in, opens the WebSockets, then sends requests at a steady rate until `stop` or `maxSeconds`, where there is such a limit.
 * @throws Error where an option doesn't fit or a session can't log in.
 */
export async function startLoad(input: LoadInput): Promise<Load> {
  const options = parseLoadOptions(input);
  const statistics = createStatistics();
  const client = createClient(options, statistics);
  const sessions = Array.from(
    { length: options.sessions },
    (): UserSession => ({
      cookie: null,
      loggingIn: null,
      documents: [],
    }),
  );

  for (const session of sessions) {
    const outcome = await onceRouted(() => logIn(session, client, options));
    if (outcome === "logged-in") continue;
    await client.close();
    throw new Error(`the load could not start at ${options.baseUrl}: ${outcome}`);
  }

  const pauses = monitorEventLoopDelay();
  pauses.enable();
  const webSockets = startWebSockets(sessions, options, statistics);
  const underway = new Set<Promise<void>>();
  const stopArrivals = startArrivals(options.requestsPerSecond, (n) => {
    const arrival = arrive(n, { sessions, client, options, statistics }).finally(() => underway.delete(arrival));
    underway.add(arrival);
  });

  const snapshot = () =>
    statistics.snapshot({
      sessions: sessions.filter(({ cookie }) => cookie !== null).length,
      webSockets: webSockets.open(),
      longestPauseMs: Math.round(pauses.max / 1e6),
    });

  async function end(): Promise<LoadStats> {
    clearTimeout(deadline);
    stopArrivals();
    await Promise.all(underway);
    const final = snapshot();
    pauses.disable();
    webSockets.stop();
    await client.close();
    return final;
  }

  let ending: Promise<LoadStats> | null = null;
  function stop(): Promise<LoadStats> {
    ending ??= end();
    return ending;
  }
  const deadline = options.maxSeconds === null ? undefined : setTimeout(stop, options.maxSeconds * 1000);

  return { stats: async () => ending ?? snapshot(), stop };
}
