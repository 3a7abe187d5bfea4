import { createServer, type IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { answer, type Routes, storeKey } from "./routes.ts";
import { newState, type WorkloadState } from "./state.ts";

export interface Workload extends WorkloadState {
  url: string;
  sockets(): number;
  close(): Promise<void>;
}

const bodySchema = z.record(z.string(), z.unknown());

function tokenOf(request: IncomingMessage): string | null {
  return /=(cookie-value-\d+)/.exec(request.headers.cookie ?? "")?.[1] ?? null;
}

function releaseOf(request: IncomingMessage): string {
  return String(request.headers["x-runbooks-release"]);
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : bodySchema.parse(JSON.parse(text));
}

/** One server that is the gateway and every release behind it, on a loopback port. */
export async function startWorkload(): Promise<Workload> {
  const state = newState();
  const open = new Map<WebSocket, { user: string; release: string }>();
  const routes: Routes = {
    state,
    has: (release, fault) => state.faults.get(release)?.has(fault) ?? false,
    publish(user, event) {
      for (const [socket, peer] of open) {
        if (peer.user === user && !routes.has(peer.release, "loses events")) socket.send(JSON.stringify(event));
      }
    },
  };
  const server = createServer(async (request, response) => {
    const release = releaseOf(request);
    state.requests += 1;
    state.hosts.add(request.headers.host);
    const body = await bodyOf(request);
    if (routes.has(release, "silent")) return;
    const { method = "GET", url: path = "/" } = request;
    const {
      status,
      body: json,
      text,
      cookie,
    } = answer(routes, { method, path, release, token: tokenOf(request), body });
    response.setHeader("x-runbooks-release", routes.has(release, "misrouted") ? "rsomeother" : release);
    if (cookie !== undefined) response.setHeader("set-cookie", cookie);
    response.writeHead(status).end(text ?? (json === undefined ? undefined : JSON.stringify(json)));
  });
  const events = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const release = releaseOf(request);
    const user = state.sessions.get(storeKey(routes, release, tokenOf(request)));
    if (user === undefined || routes.has(release, "no socket")) {
      socket.end(`HTTP/1.1 ${user === undefined ? "401 Unauthorized" : "503 Service Unavailable"}\r\n\r\n`);
      return;
    }
    events.handleUpgrade(request, socket, head, (peer) => {
      open.set(peer, { user, release });
      peer.on("close", () => open.delete(peer));
      peer.on("message", (data) => {
        if (routes.has(release, "drops the socket")) return peer.close(1012);
        const { n } = bodySchema.parse(JSON.parse(String(data)));
        if (!routes.has(release, "no pong")) peer.send(JSON.stringify({ type: "pong", n }));
      });
      if (routes.has(release, "no hello")) peer.send(JSON.stringify({ type: "welcome" }));
      else
        peer.send(JSON.stringify({ type: "hello", release: routes.has(release, "another's hello") ? "r0" : release }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the workload has no port");
  return Object.assign(state, {
    url: `http://127.0.0.1:${address.port}`,
    sockets: () => open.size,
    async close() {
      for (const socket of open.keys()) socket.terminate();
      events.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
