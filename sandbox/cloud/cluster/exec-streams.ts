import type { ChildProcess } from "node:child_process";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** The channels of a frame, which begins with its channel's number (kubernetes, remotecommand: v4 and v5.channel.k8s.io). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const server = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

function refuse(socket: Duplex, code: number, reason: string): void {
  const body = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: reason, code });
  socket.end(
    `HTTP/1.1 ${code} ${reason.replace(/[\r\n]+/g, " ")}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

/** Joins a command's streams with a connection's channels; the command ends with the connection. */
function attach(socket: WebSocket, child: ChildProcess): void {
  const send = (channel: number, bytes: Buffer | string): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)]));
  };
  child.stdout?.on("data", (bytes: Buffer) => send(CHANNEL.stdout, bytes));
  child.stderr?.on("data", (bytes: Buffer) => send(CHANNEL.stderr, bytes));
  child.stdin?.on("error", () => undefined);
  socket.on("message", (data: Buffer) => {
    const [channel, ...rest] = data;
    if (channel === CHANNEL.stdin) child.stdin?.write(Buffer.from(rest));
    if (channel === CHANNEL.close && rest[0] === CHANNEL.stdin) child.stdin?.end();
  });
  socket.on("close", () => child.kill("SIGKILL"));
  child.once("error", (error) => {
    send(
      CHANNEL.status,
      JSON.stringify({ metadata: {}, status: "Failure", reason: "InternalError", message: error.message }),
    );
    socket.close();
  });
  child.once("close", (code) => {
    send(CHANNEL.status, JSON.stringify(statusOf(code ?? 137)));
    socket.close();
  });
}

/** A process whose streams a connection gets, or why there is none. */
export type Started = ChildProcess | { code: number; reason: string };

/** Answers a request for a process' streams, which ends with the connection. */
export function streamed(started: Started, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if ("reason" in started) refuse(socket, started.code, started.reason);
  else server.handleUpgrade(request, socket, head, (connection) => attach(connection, started));
}
