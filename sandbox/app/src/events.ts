import type { Redis } from "ioredis";
import type { WebSocket } from "ws";
import { z } from "zod";
import { httpFailure } from "./failures.ts";
import type { Log } from "./log.ts";

const CHANNEL = "app:events";
const HEARTBEAT_MS = 15_000;
const BYE_GRACE_MS = 2000;
/** "Service restart": the client is to connect again, and will reach another pod. */
export const CLOSE_RESTART = 1012;

const published = z.object({ user: z.string(), event: z.looseObject({ type: z.string() }) });
const pingMessage = z.object({ type: z.literal("ping"), n: z.number() });

export type UserEvent = z.infer<typeof published>["event"];

/** This pod's open WebSockets, joined with those of every other pod and release through Redis. */
export interface EventHub {
  /** Takes a socket in and greets it; answers its pings until it closes. */
  join(user: string, socket: WebSocket): void;
  /** Sends an event to every open WebSocket of the user, wherever it is. Rejects with a 503 where Redis is away. */
  publish(user: string, event: UserEvent): Promise<void>;
  /** Says bye to every socket and resolves when all are closed: those that don't answer are cut off after two seconds. */
  sayBye(): Promise<void>;
}

export interface EventHubOptions {
  commands: Redis;
  subscriber: Redis;
  release: string;
  log: Log;
}

export function createEventHub({ commands, subscriber, release, log }: EventHubOptions): EventHub {
  const sockets = new Map<WebSocket, string>();
  const answering = new WeakSet<WebSocket>();

  subscriber.on("ready", () => {
    subscriber.subscribe(CHANNEL).catch((error: unknown) => log.warn("events are not subscribed", { error }));
  });
  subscriber.on("message", (_channel, text) => {
    const message = published.safeParse(parseJson(text));
    if (!message.success) return log.warn("an event on the channel is malformed");
    for (const [socket, user] of sockets) if (user === message.data.user) send(socket, message.data.event);
  });

  // A peer that vanished without a close would stay in the map for ever.
  const heartbeat = setInterval(() => {
    for (const socket of sockets.keys()) {
      if (!answering.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    join: (user, socket) => {
      sockets.set(socket, user);
      answering.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", (error) => log.debug("websocket failed", { error }));
      socket.on("pong", () => answering.add(socket));
      socket.on("message", (data) => {
        answering.add(socket);
        const ping = pingMessage.safeParse(parseJson(String(data)));
        if (ping.success) send(socket, { type: "pong", n: ping.data.n });
      });
      send(socket, { type: "hello", release });
    },
    publish: async (user, event) => {
      try {
        await commands.publish(CHANNEL, JSON.stringify({ user, event }));
      } catch (error) {
        throw httpFailure(503, "the event could not be published", error);
      }
    },
    sayBye: async () => {
      clearInterval(heartbeat);
      await Promise.all([...sockets.keys()].map(closeSocket));
    },
  };
}

function closeSocket(socket: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => socket.terminate(), BYE_GRACE_MS);
  socket.once("close", () => {
    clearTimeout(timer);
    resolve();
  });
  send(socket, { type: "bye" });
  socket.close(CLOSE_RESTART, "this pod is going away");
  return promise;
}

function send(socket: WebSocket, message: UserEvent): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
