import type { ChildProcess } from "node:child_process";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Pods } from "../pods/registry.ts";

/** The channels of a frame, which begins with its channel's number (kubernetes, remotecommand: v4 and v5.channel.k8s.io). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/;

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

/** The process that is asked for, beside the container's own with its environment and folder, or why there is none. */
function started(pods: Pods, url: URL): ChildProcess | { code: number; reason: string } {
  const [, namespace = "", name = ""] = PATH.exec(url.pathname) ?? [];
  const pod = pods.find(namespace, name);
  if (pod === undefined) return { code: 404, reason: `pods "${name}" not found` };
  const container = url.searchParams.get("container");
  if (container !== null && container !== pod.state().container.name) {
    return { code: 400, reason: `container ${container} is not valid for pod ${name}` };
  }
  const command = url.searchParams.getAll("command");
  if (command.length === 0) return { code: 400, reason: "you must specify at least 1 command for the container" };
  return pod.exec(command) ?? { code: 400, reason: `cannot exec in a container that isn't running: pod ${name}` };
}

/** Answers `pods/NAME/exec`. */
export function execUpgrade(pods: Pods, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const child = started(pods, new URL(request.url ?? "/", "http://sandbox"));
  if ("reason" in child) refuse(socket, child.code, child.reason);
  else server.handleUpgrade(request, socket, head, (connection) => attach(connection, child));
}
