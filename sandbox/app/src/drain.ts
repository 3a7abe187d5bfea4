import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Background } from "./background.ts";
import type { EventHub } from "./events.ts";
import type { Log } from "./log.ts";
import { within } from "./within.ts";

/** How long new requests are still served after the pod went unready: until every load balancer has heard of it. */
const LINGER_MS = 500;
/** How long the whole drain may take: under the grace that the orchestrator gives. */
const DEADLINE_MS = 8000;

export interface DrainOptions {
  server: Server;
  hub: EventHub;
  background: Background;
  /** Closes the connections to the dependencies, last of all. */
  closeDependencies: () => Promise<void>;
  log: Log;
}

/**
 * Leaves without dropping anything: WebSockets are told to go elsewhere, requests under way and background work are
 * finished, idle keep-alive connections closed. Resolves to `clean`, or to `cut` where the deadline passed first.
 */
export async function drain(options: DrainOptions): Promise<"clean" | "cut"> {
  const { server, hub, background, closeDependencies, log } = options;
  try {
    await within(
      DEADLINE_MS,
      Promise.all([hub.sayBye(), delay(LINGER_MS).then(() => closed(server))]).then(() => background.idle()),
    );
    await within(1000, closeDependencies());
    return "clean";
  } catch (error) {
    log.error("the drain did not end in time", { error });
    server.closeAllConnections();
    return "cut";
  }
}

function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
