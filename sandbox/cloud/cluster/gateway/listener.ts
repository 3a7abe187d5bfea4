import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, type Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Decision, factsOf } from "./decide.ts";
import type { RequestFacts } from "./match.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { forward, upstreamAgent } from "./upstream.ts";
import { endWith, joinUpgrade } from "./websocket.ts";

/** One open port of the gateway. */
export interface Listener {
  port: number;
  /** Breaks every connection and takes none until it is joined again. */
  cut(line: "cut" | "joined"): void;
  close(): Promise<void>;
}

export interface ListenerOptions {
  decide(request: RequestFacts): Decision;
  metrics: GatewayMetrics;
  /** Milliseconds that every request waits before it is passed on. */
  latency(): number;
}

/** Clients may keep an idle connection for this long; a short time makes them meet one that is just being closed. */
const KEEP_ALIVE_MS = 75_000;

/** Opens a listener on a free loopback port. */
export async function openListener({ decide, metrics, latency }: ListenerOptions): Promise<Listener> {
  const agent = upstreamAgent();
  const upgraded = new Set<Duplex>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    late(latency(), () => pass(request, response, decide(factsOf(request))));
  });
  const pass = (request: IncomingMessage, response: ServerResponse, decision: Decision): void => {
    if (response.destroyed) return;
    if (decision.outcome === "forward") {
      forward({ request, response, route: decision, agent, metrics });
      return;
    }
    if (decision.outcome === "refused") metrics.count(decision.served, decision.code);
    response.writeHead(decision.code, { "content-type": "text/plain" }).end(`${decision.message}\n`);
  };
  server.on("upgrade", (request, client, head) => {
    upgraded.add(client);
    client.on("error", () => client.destroy());
    client.once("close", () => upgraded.delete(client));
    late(latency(), () => {
      if (!(client instanceof Socket) || client.destroyed) return;
      const decision = decide(factsOf(request));
      if (decision.outcome === "forward") {
        joinUpgrade({ request, client, head, route: decision, metrics });
        return;
      }
      if (decision.outcome === "refused") metrics.count(decision.served, decision.code);
      endWith(client, decision.code);
    });
  });
  let line: "cut" | "joined" = "joined";
  server.on("connection", (socket) => {
    if (line === "cut") socket.destroy();
  });
  const port = await listen(server);
  return {
    port,
    cut(next) {
      line = next;
      if (line === "joined") return;
      server.closeAllConnections();
      for (const client of upgraded) client.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const client of upgraded) client.destroy();
        agent.destroy();
      }),
  };
}

function late(milliseconds: number, act: () => void): void {
  if (milliseconds === 0) act();
  else setTimeout(act, milliseconds);
}

/** Starts a server on a free loopback port. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address.port);
    });
  });
}
