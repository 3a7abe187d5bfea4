import { randomUUID } from "node:crypto";
import type { Answer, Asked } from "./http.ts";
import { type InterruptibleService, serveInterruptible } from "./outage.ts";

/** The third party: it accepts a set of keys and takes reconciliations. */
export interface Afm {
  readonly service: InterruptibleService;
  /** Stops accepting a key; false where it wasn't accepted anyway. */
  revoke(key: string): boolean;
  /** Accepts a key, again. */
  accept(key: string): void;
}

function keyOf({ headers }: Asked): string {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  return bearer ?? String(headers["x-api-key"] ?? "");
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** Starts AFM with the keys of all stages. */
export async function startAfm(initial: readonly string[]): Promise<Afm> {
  const keys = new Set(initial);
  const handle = (asked: Asked): Answer => {
    if (!keys.has(keyOf(asked))) return { status: 401, body: { error: "unknown_key" } };
    const operation = `${asked.method} ${asked.url.pathname}`;
    if (operation === "GET /v1/status") return { status: 200, body: { status: "ok" } };
    if (operation !== "POST /v1/reconciliations") return { status: 404, body: { error: "not_found" } };
    if (!isJson(asked.body)) return { status: 400, body: { error: "bad_request" } };
    return { status: 202, body: { id: randomUUID(), status: "accepted" } };
  };
  return {
    service: await serveInterruptible(handle),
    revoke: (key) => keys.delete(key),
    accept: (key) => void keys.add(key),
  };
}
