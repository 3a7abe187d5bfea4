import pRetry, { AbortError } from "p-retry";
import { request } from "undici";
import { servedAt } from "./served-at.ts";

/** Milliseconds that one answer may take. */
const ANSWER_WITHIN = 5_000;
/** Answers that are worth another try: too many requests, and a service that is starting or overloaded. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** One call of a service that keeps credentials. */
export interface ServiceCall {
  /** Who is called, for people; the only part of a call that a message names, beside method and path. */
  service: string;
  method: "GET" | "POST" | "DELETE";
  url: URL;
  /** Where a credential goes: no message repeats them. */
  headers: Readonly<Record<string, string>>;
  body?: unknown;
}

export interface ServiceReply {
  status: number;
  /** The parsed JSON, or null where the answer isn't JSON. */
  body: unknown;
}

/** How often a call that had no answer, or an answer that says "not now", is made again. */
export interface Patience {
  retries: number;
}

const PATIENT: Patience = { retries: 4 };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function send({ method, url, headers, body }: ServiceCall): Promise<ServiceReply> {
  const answer = await request(servedAt(url), {
    method,
    headers: {
      accept: "application/json",
      "user-agent": "production-runbooks",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  return { status: answer.statusCode, body: parsed(await answer.body.text()) };
}

/** What went wrong with a connection, in a word that can't hold a header or a body. */
function troubleOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return `no answer within ${ANSWER_WITHIN / 1_000} s`;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? `no answer (${code})` : `no answer (${error.name})`;
}

/**
 * Calls a service, again where it had no answer or one that says "not now". Whatever status comes at last is the caller's to judge.
 * @throws Error where there was no answer at all; it names the service, the method and the path, and never a header or a body
 */
export async function callService(call: ServiceCall, { retries }: Patience = PATIENT): Promise<ServiceReply> {
  const what = `${call.service}: ${call.method} ${call.url.pathname}`;
  let last: ServiceReply | null = null;
  try {
    return await pRetry(
      async () => {
        last = null;
        const reply = await send(call).catch((error: unknown) => {
          throw new Error(`${what} had ${troubleOf(error)}`);
        });
        last = reply;
        if (PASSING.has(reply.status)) throw new Error(`${what} answered ${reply.status}`);
        return reply;
      },
      { retries, minTimeout: 200, maxTimeout: 2_000 },
    );
  } catch (error) {
    if (last !== null) return last;
    throw error instanceof AbortError ? error.originalError : error;
  }
}

/** The error of an answer that the caller can't use; the body stays out of it, since it may hold a credential. */
export function unexpected(call: Pick<ServiceCall, "service" | "method" | "url">, status: number): Error {
  const remedy = status === 401 || status === 403 ? ": see that its token is set and may do this" : "";
  return new Error(`${call.service}: ${call.method} ${call.url.pathname} answered ${status}${remedy}`);
}
