import { request } from "undici";

/** One HTTP POST of JSON. */
export interface Post {
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** Milliseconds for the whole exchange: whoever is slower is told by the record. */
const WITHIN = 5_000;

/**
 * Sends it.
 * @returns the answer's text
 * @throws Error with the status and the beginning of the answer where it is no 2xx; never with the address, which may hold a token
 */
export async function post({ url, headers, body }: Post): Promise<string> {
  const answer = await request(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "production-runbooks", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(WITHIN),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
  throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 200)}`);
}
