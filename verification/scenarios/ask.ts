import { request } from "node:http";
import { RELEASE_HEADER } from "../../infra/domain/release-header.ts";

/** One request to the Gateway. */
export interface Asked {
  method: string;
  hostname: string;
  cookie: string;
  /** the release header; left out where the request is a user's */
  release?: string;
  body?: unknown;
}

export interface Answer {
  status: number;
  text: string;
  /** the answer's Set-Cookie headers */
  cookies: string[];
  /** which release the answer names; null where it names none */
  servedBy: string | null;
}

const ANSWER_WITHIN = 10_000;

/** Sends a request whose Host header is the route's, which `fetch` doesn't let a caller set. */
export function ask(url: URL, { method, hostname, cookie, release, body }: Asked): Promise<Answer> {
  const headers = {
    host: hostname,
    "content-type": "application/json",
    ...(cookie === "" ? {} : { cookie }),
    ...(release === undefined ? {} : { [RELEASE_HEADER]: release }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, timeout: ANSWER_WITHIN }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          text,
          cookies: response.headers["set-cookie"] ?? [],
          servedBy: response.headers[RELEASE_HEADER]?.toString() ?? null,
        }),
      );
    });
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${ANSWER_WITHIN} ms`)));
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
