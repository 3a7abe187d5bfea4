import { type Service, serveHttp } from "./http.ts";

/** A message that arrived; `channel` is the first part of its path. */
export interface Message {
  at: string;
  channel: string;
  path: string;
  /** what a person reads of it */
  headline: string;
  body: unknown;
}

/** Takes every message that a runbook sends out, and keeps it. */
export interface Inbox {
  readonly service: Service;
  messages(): readonly Message[];
}

/** The newest messages that are kept. */
const MOST = 200;

function headlineOf(body: unknown): string {
  const at = (value: unknown, ...keys: string[]) =>
    keys.reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
  const texts = [at(body, "headline"), at(body, "text"), at(body, "title"), at(body, "payload", "summary")];
  return texts.find((text): text is string => typeof text === "string") ?? "";
}

/** Starts an empty inbox on loopback. It answers as the receivers do: 202, or 201 with a number for an issue. */
export async function startInbox(): Promise<Inbox> {
  const kept: Message[] = [];
  const service = await serveHttp(({ method, url, body }) => {
    if (method !== "POST") return { status: 404, body: { message: "post a message here" } };
    const parsed: unknown = JSON.parse(body);
    const channel = url.pathname.split("/")[1] ?? "";
    kept.push({
      at: new Date().toISOString(),
      channel,
      path: url.pathname,
      headline: headlineOf(parsed),
      body: parsed,
    });
    if (kept.length > MOST) kept.shift();
    return channel === "github" ? { status: 201, body: { number: kept.length } } : { status: 202, body: { ok: "yes" } };
  });
  return { service, messages: () => kept };
}
