import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** An address on loopback at which nothing can be told. */
export interface Address {
  port: number;
  close(): Promise<void>;
}

/** Milliseconds in which a connection on loopback is made, where it can be. */
const MADE_WITHIN = 1_000;

/** Whether a socket gets its connection. */
async function isConnected(socket: Socket): Promise<boolean> {
  const signal = AbortSignal.timeout(MADE_WITHIN);
  return once(socket, "connect", { signal }).then(
    () => true,
    () => false,
  );
}

const LISTENING = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
  console.log(this.address().port);
})`;

/** A listener that accepts nothing and whose queue is full: packets to it are dropped, as by a firewall. */
export async function startBlackHole(): Promise<Address> {
  const child = spawn(process.execPath, ["-e", LISTENING], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [said] = await once(child.stdout, "data");
  const port = Number(said);
  child.kill("SIGSTOP");
  const waiting: Socket[] = [];
  const close = async () => {
    for (const socket of waiting) socket.destroy();
    child.kill("SIGKILL");
    await ended;
  };
  for (;;) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    waiting.push(socket);
    if (!(await isConnected(socket))) return { port, close };
    if (waiting.length < 16) continue;
    await close();
    assert.fail("the queue is never full");
  }
}

/** A listener that takes connections and never says a word, so that no TLS handshake ends. */
export async function startSilent(): Promise<Address> {
  const taken = new Set<Socket>();
  const server = createServer((socket) => taken.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of taken) socket.destroy();
    });
  return { port: address.port, close };
}
