import { type IncomingMessage, STATUS_CODES } from "node:http";
import { connect, type Socket } from "node:net";
import type { Forward } from "./decide.ts";
import { forwarded, modified, type RawHeaders } from "./headers.ts";
import type { GatewayMetrics } from "./metrics.ts";

export interface Upgrade {
  request: IncomingMessage;
  client: Socket;
  /** Bytes that came with the request. */
  head: Buffer;
  route: Forward;
  metrics: GatewayMetrics;
}

const END_OF_HEAD = "\r\n\r\n";
const LONGEST_HEAD = 64 * 1024;

/** Passes an upgrade on to a pod and joins the two connections; the pod's answer gets the route's headers. */
export function joinUpgrade(upgrade: Upgrade): void {
  const { request, client, head, route, metrics } = upgrade;
  const port = route.next();
  if (port === undefined) {
    refuse(upgrade, 503);
    return;
  }
  const pod = connect(port, "127.0.0.1");
  pod.setNoDelay();
  let state: "waiting" | "joined" = "waiting";
  const abandon = (): void => {
    pod.destroy();
  };
  client.once("close", abandon);
  pod.once("connect", () => {
    const lines = modified(forwarded(request.rawHeaders, client.remoteAddress ?? "unknown"), route.backend.request);
    pod.write(`${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1\r\n${headText(lines)}`);
    pod.write(head);
  });
  pod.on("error", () => {
    client.off("close", abandon);
    if (state === "joined") client.destroy();
    else refuse(upgrade, 502);
  });
  readHead(pod, (answer, rest) => {
    state = "joined";
    const code = Number(/^HTTP\/1\.[01] ([0-9]{3})/.exec(answer)?.[1] ?? 502);
    metrics.count(route.served, code);
    client.write(answerHead(answer, upgrade));
    client.write(rest);
    if (code === 101) client.once("close", metrics.open(route.served));
    // A half-closed WebSocket is of no use to either side: the end of one is the end of both.
    client.once("end", () => pod.destroySoon());
    pod.once("close", () => client.destroySoon());
    pod.pipe(client);
    client.pipe(pod);
  });
}

/** Ends an upgrade that can't be passed on. */
export function refuse({ client, route, metrics }: Upgrade, code: number): void {
  metrics.count(route.served, code);
  endWith(client, code);
}

/** Answers an upgrade without a pod. */
export function endWith(client: Socket, code: number): void {
  client.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ""}\r\nconnection: close\r\ncontent-length: 0${END_OF_HEAD}`);
}

function readHead(pod: Socket, done: (head: string, rest: Buffer) => void): void {
  let received = Buffer.alloc(0);
  const collect = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(END_OF_HEAD);
    if (end === -1 && received.length > LONGEST_HEAD) pod.destroy(new Error("the answer's head is too long"));
    if (end === -1) return;
    pod.off("data", collect);
    pod.pause();
    done(received.subarray(0, end).toString("latin1"), received.subarray(end + END_OF_HEAD.length));
  };
  pod.on("data", collect);
}

function answerHead(answer: string, { route }: Upgrade): string {
  const [statusLine = "", ...lines] = answer.split("\r\n");
  const raw = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return `${statusLine}\r\n${headText(modified(raw, route.backend.response))}`;
}

function headText(raw: RawHeaders): string {
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1] ?? ""}\r\n`] : []));
  return `${lines.join("")}\r\n`;
}
