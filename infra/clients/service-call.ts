import { parsedJson } from "../domain/json.ts";
import { ask, NoAnswer } from "./http.ts";
import { servedAt } from "./served-at.ts";

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

/**
 * Calls a service, again where it had no answer or one that says "not now": whatever it makes must be found again by its name.
 * Whatever status comes at last is the caller's to judge.
 * @throws Error where there was no answer at all; it names the service, the method and the path, and never a header or a body
 */
export async function callService(call: ServiceCall, { retries }: Patience = PATIENT): Promise<ServiceReply> {
  const { service, method, url, headers, body } = call;
  try {
    const { status, text } = await ask({ method, url: servedAt(url), headers, json: body, retries });
    return { status, body: parsedJson(text) };
  } catch (error) {
    const why = error instanceof NoAnswer ? error.message : "no answer";
    throw new Error(`${service}: ${method} ${url.pathname} had ${why}`);
  }
}

/** The error of an answer that the caller can't use; the body stays out of it, since it may hold a credential. */
export function unexpected(call: Pick<ServiceCall, "service" | "method" | "url">, status: number): Error {
  const remedy = status === 401 || status === 403 ? ": see that its token is set and may do this" : "";
  return new Error(`${call.service}: ${call.method} ${call.url.pathname} answered ${status}${remedy}`);
}
