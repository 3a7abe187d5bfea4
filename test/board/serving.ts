import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { type Board, createBoard } from "../../infra/board/app.ts";
import type { BoardIdentity } from "../../infra/board/identity.ts";
import type { Limits } from "../../infra/board/live.ts";
import type { BoardSource } from "../../infra/board/source.ts";

/** A board that answers at an address of this machine. */
export interface Served {
  url: string;
  stop(): Promise<void>;
}

/** Serves a board on a free port. */
export async function served({ app, close }: Pick<Board, "app" | "close">): Promise<Served> {
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await close();
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

const made: Board[] = [];

/** A board for one spec: `closeBoards` ends it. */
export function boardFor(source: BoardSource, identity: BoardIdentity, limits?: Limits): Board {
  const board = createBoard(source, () => identity, limits);
  made.push(board);
  return board;
}

/** Ends the boards that specs have made, and the threads that render for them. */
export async function closeBoards(): Promise<void> {
  await Promise.all(made.splice(0).map((board) => board.close()));
}
