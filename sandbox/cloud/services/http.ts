import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Json } from "../wire.ts";

const LARGEST_BODY = 1_048_576;

/** What a service answers: a status and JSON, a text, or nothing. */
export interface Answer {
  status: number;
  body?: Json;
  text?: string;
  contentType?: string;
}

/** A request with its body read. */
export interface Asked {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A running service. */
export interface Service {
  url: string;
  port: number;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BODY) throw new Error(`a request body may have ${LARGEST_BODY} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function write(response: ServerResponse, { status, body, text, contentType = "application/json" }: Answer): void {
  if (body === undefined && text === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { "content-type": contentType }).end(text ?? JSON.stringify(body));
}

async function respond(handle: (asked: Asked) => Promise<Answer> | Answer, request: IncomingMessage): Promise<Answer> {
  try {
    return await handle({
      method: request.method ?? "GET",
      url: new URL(request.url ?? "/", "http://127.0.0.1"),
      headers: request.headers,
      body: await bodyOf(request),
    });
  } catch (error) {
    return { status: 500, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the service has no port"));
      else resolve(address.port);
    });
  });
}

/** Serves HTTP on loopback; port 0 takes a free one. What the handler throws is answered with 500 and its message. */
export async function serveHttp(
  handle: (asked: Asked) => Promise<Answer> | Answer,
  options: { port: number } = { port: 0 },
): Promise<Service> {
  const server = createServer((request, response) => {
    respond(handle, request).then((answer) => write(response, answer));
  });
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
