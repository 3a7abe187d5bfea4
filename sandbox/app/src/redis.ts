import { randomUUID } from "node:crypto";
import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "./log.ts";

/** Two connections, as Redis asks of a client that subscribes. */
export interface RedisConnections {
  commands: Redis;
  subscriber: Redis;
  /** Writes and reads back a session-shaped key: a PING would pass with a user who may not touch sessions. */
  check(): Promise<void>;
  close(): void;
}

const OPTIONS = {
  connectTimeout: 1000,
  commandTimeout: 1000,
  // A request must learn at once that Redis is away; it is answered with 503, not kept waiting.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // The hub subscribes on every `ready`, the first one included.
  autoResubscribe: false,
  keepAlive: 10_000,
  retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1000),
  // A primary that became a replica answers READONLY until its address is resolved again.
  reconnectOnError: (error) => error.message.startsWith("READONLY"),
} satisfies RedisOptions;

/** Connects in the background and for ever: the pod starts without Redis and finds it when it is there. */
export function connectRedis(url: string, log: Log): RedisConnections {
  const commands = new Redis(url, { ...OPTIONS, connectionName: "commands" });
  const subscriber = new Redis(url, { ...OPTIONS, connectionName: "events" });
  for (const [connection, client] of [
    ["commands", commands],
    ["events", subscriber],
  ] as const) {
    client.on("error", (error) => log.warn("redis connection failed", { connection, error }));
    client.on("ready", () => log.debug("redis connection ready", { connection }));
  }
  return {
    commands,
    subscriber,
    check: async () => {
      const key = `sess:check:${randomUUID()}`;
      await commands.set(key, "{}", "EX", 5);
      const read = await commands.get(key);
      if (read !== "{}") throw new Error("redis did not give back what was written");
    },
    close: () => {
      commands.disconnect();
      subscriber.disconnect();
    },
  };
}
