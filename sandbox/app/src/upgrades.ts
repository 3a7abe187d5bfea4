import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Express, RequestHandler } from "express";
import { WebSocketServer } from "ws";
import type { EventHub } from "./events.ts";
import { httpFailure } from "./failures.ts";
import type { RequestCounts } from "./request-counts.ts";
import { userOf } from "./sessions.ts";

export interface Upgrades {
  /** Hands upgrade requests to the app's own routes, so that sessions and errors are what they are for any request. */
  attach(server: Server, app: Express): void;
  /** Takes the request's connection over as a WebSocket of the user who is logged in. */
  accept: RequestHandler;
}

/** WebSockets by way of express: an upgrade is a GET whose route takes the connection instead of answering. */
export function createUpgrades(
  hub: EventHub,
  counts: Pick<RequestCounts, "upgraded">,
  state: { draining: () => boolean },
): Upgrades {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: 4096, clientTracking: false });
  const waiting = new WeakMap<IncomingMessage, { socket: Socket; head: Buffer }>();

  return {
    attach: (server, app) => {
      server.on("upgrade", (req, socket, head) => {
        if (!(socket instanceof Socket)) {
          socket.destroy();
          return;
        }
        socket.on("error", () => socket.destroy());
        const res = new ServerResponse(req);
        res.shouldKeepAlive = false;
        res.assignSocket(socket);
        res.on("finish", () => socket.end());
        waiting.set(req, { socket, head });
        app(req, res);
      });
    },
    accept: (req, res) => {
      const user = userOf(req);
      const upgrade = waiting.get(req);
      if (upgrade === undefined) throw httpFailure(426, "connect to this path with a WebSocket");
      // The load balancer has another pod for a socket that would have to leave at once.
      if (state.draining()) throw httpFailure(503, "this pod is going away");
      res.detachSocket(upgrade.socket);
      webSockets.handleUpgrade(req, upgrade.socket, upgrade.head, (webSocket) => {
        counts.upgraded();
        hub.join(user, webSocket);
      });
    },
  };
}
