import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A request that a receiver got. */
export interface Got {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  /** milliseconds since the receiver was started */
  at: number;
}

/** A real HTTP server in the place of an outside system. */
export interface Receiver {
  url: string;
  got: Got[];
  /** The requests that would have been taken: what is posted. */
  posts(): Got[];
  close(): Promise<void>;
}

/** How a request is answered; it may be left unanswered. */
export type Behaviour = (got: Got, response: ServerResponse, nth: number) => void;

/** Starts a receiver on loopback. */
export async function startReceiver(behave: Behaviour): Promise<Receiver> {
  const got: Got[] = [];
  const started = performance.now();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body,
      at: performance.now() - started,
    };
    got.push(one);
    behave(one, response, got.filter(({ method }) => method === one.method).length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  return {
    url: `http://127.0.0.1:${address.port}`,
    got,
    posts: () => got.filter(({ method }) => method === "POST"),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the real receivers answer to what they take. */
export function accepted({ method, path }: Got, response: ServerResponse): void {
  if (path.startsWith("/sns")) {
    response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`,
      );
  } else if (path.startsWith("/github")) {
    const issue = { html_url: "https://github.example/issues/7", body: "" };
    response
      .writeHead(method === "POST" ? 201 : 200, { "content-type": "application/json" })
      .end(JSON.stringify(method === "POST" ? issue : []));
  } else {
    response.writeHead(202, { "content-type": "application/json" }).end(`{"status":"success"}`);
  }
}
