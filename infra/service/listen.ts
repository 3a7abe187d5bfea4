import { once } from "node:events";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import { badInput } from "../errors.ts";
import type { ListenAddress } from "./listen-address.ts";

/** An HTTP server that listens. */
export interface Listening {
  /** `http://HOST:PORT`, with the port that it got where 0 was asked for */
  url: string;
  close(): Promise<void>;
}

/**
 * Answers at an address.
 * @throws Refusal (exit 2) where it can't be listened at
 */
export async function listenAt(app: Pick<Hono, "fetch">, { host, port }: ListenAddress): Promise<Listening> {
  const server = serve({ fetch: app.fetch, hostname: host, port });
  try {
    await once(server, "listening");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`--listen: ${host}:${port} can't be listened at (${why}): name an address that is free`);
  }
  const bound = server.address();
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown}:${typeof bound === "object" && bound !== null ? bound.port : port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
