import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { z } from "zod";
import { probePostgres } from "../../../infra/runbooks/incident/probes/postgres.ts";
import { probeRedis } from "../../../infra/runbooks/incident/probes/redis.ts";

const WITHIN = 7_000;

/** Serves on a port of this machine while `ask` goes on, then drops every connection. */
async function served<T>(serve: (socket: Socket) => void, ask: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  try {
    return await ask(port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A Redis that takes sessions and never says anything of itself. */
function withoutInfo(socket: Socket): void {
  const kept = new Map<string, string>();
  socket.on("data", (data) => {
    for (const command of data.toString().split(/(?=^\*\d+\r\n)/m)) {
      const [name = "", key = "", value = ""] = command.split("\r\n").filter((_, at) => at > 0 && at % 2 === 0);
      switch (name.toUpperCase()) {
        case "SET":
          kept.set(key, value);
          socket.write("+OK\r\n");
          break;
        case "GET":
          socket.write(`$${kept.get(key)?.length ?? 0}\r\n${kept.get(key) ?? ""}\r\n`);
          break;
        case "DEL":
          socket.write(":1\r\n");
          break;
        case "AUTH":
          socket.write("+OK\r\n");
          break;
      }
    }
  });
}

const message = (type: string, body: string) => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, Buffer.from(body, "latin1")]);
};
const IDLE = message("Z", "I");

/** A Postgres that takes writes and keeps a connection open whose client says that it ends. */
function withoutEnd(socket: Socket): void {
  let begun = false;
  socket.on("data", (data) => {
    if (!begun) socket.write(Buffer.concat([message("R", "\0\0\0\0"), IDLE]));
    else if (data.toString("latin1", 0, 1) === "Q") socket.write(Buffer.concat([message("C", "SELECT 1\0"), IDLE]));
    begun = true;
  });
}

describe("the probes of an incident", function () {
  this.timeout(30_000);

  it("come to an end with a Redis that says nothing of itself, and tell that it keeps sessions", async () => {
    const begun = performance.now();
    const { login, write, ...inside } = await served(withoutInfo, (port) =>
      probeRedis(`redis://app:password@127.0.0.1:${port}`),
    );
    assert.ok(performance.now() - begun < WITHIN);
    assert.deepEqual([login.detail, write.detail], ["", ""]);
    assert.deepEqual(inside, { connection: inside.connection, usedMemoryPercent: null, role: null, sessions: null });
  });

  it("come to an end with a Postgres that keeps the connection open, and tell that it takes writes", async () => {
    const begun = performance.now();
    const { login, write } = await served(withoutEnd, (port) =>
      probePostgres(`postgresql://app:password@127.0.0.1:${port}/postgres`),
    );
    assert.ok(performance.now() - begun < WITHIN);
    assert.deepEqual([login.detail, write.detail], ["", ""]);
  });
});
