import { request } from "node:http";

/** One request to the Gateway. */
export interface Asked {
  method: string;
  hostname: string;
  cookie: string;
  body?: unknown;
}

export interface Answer {
  status: number;
  text: string;
  /** the answer's Set-Cookie headers */
  cookies: string[];
}

const ANSWER_WITHIN = 10_000;

/** Sends a request whose Host header is the route's, which `fetch` doesn't let a caller set. */
export function ask(url: URL, { method, hostname, cookie, body }: Asked): Promise<Answer> {
  const headers = { host: hostname, "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, timeout: ANSWER_WITHIN }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, text, cookies: response.headers["set-cookie"] ?? [] }),
      );
    });
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${ANSWER_WITHIN} ms`)));
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
