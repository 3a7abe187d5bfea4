import { setTimeout as delay } from "node:timers/promises";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";

/** A service that can be taken off its port and put back on it. */
export interface InterruptibleService {
  readonly url: string;
  readonly port: number;
  state(): "up" | "down";
  down(): Promise<void>;
  up(): Promise<void>;
  /** Milliseconds that every answer takes longer from now on. */
  setLatency(milliseconds: number): void;
  close(): Promise<void>;
}

/** Serves HTTP on a free loopback port, which an outage closes: whoever calls then is refused. */
export async function serveInterruptible(
  handle: (asked: Asked) => Promise<Answer> | Answer,
): Promise<InterruptibleService> {
  let latency = 0;
  const late = async (asked: Asked): Promise<Answer> => {
    if (latency > 0) await delay(latency);
    return handle(asked);
  };
  let service: Service | null = await serveHttp(late);
  const { url, port } = service;
  const down = async (): Promise<void> => {
    const running = service;
    service = null;
    await running?.close();
  };
  return {
    url,
    port,
    state: () => (service === null ? "down" : "up"),
    down,
    up: async () => {
      service ??= await serveHttp(late, { port });
    },
    setLatency: (milliseconds) => {
      latency = milliseconds;
    },
    close: down,
  };
}
