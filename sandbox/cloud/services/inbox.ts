import { z } from "zod";
import type { Json } from "../wire.ts";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";

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

/** What SNS answers to a message that it takes. */
const PUBLISHED = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>00000000-0000-0000-0000-000000000000</MessageId></PublishResult></PublishResponse>`;

function headlineOf(body: unknown): string {
  const at = (value: unknown, ...keys: string[]) =>
    keys.reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
  const texts = [at(body, "headline"), at(body, "text"), at(body, "title"), at(body, "payload", "summary")];
  const found = [...texts, at(body, "Subject")].find((text): text is string => typeof text === "string");
  return found ?? "";
}

/** What was sent: JSON, or the form that AWS' clients send. */
function bodyOf({ headers, body }: Asked): unknown {
  const form = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  return form ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body);
}

/** Answers as the receiver of a channel does, once a message is kept. */
function thanks(channel: string, number: number): Answer {
  if (channel === "sns") return { status: 200, text: PUBLISHED, contentType: "text/xml" };
  if (channel === "github")
    return { status: 201, body: { number, html_url: `https://github.example/issues/${number}` } };
  return { status: 202, body: { ok: "yes" } };
}

const issueSchema = z.object({ title: z.string(), body: z.string() });

/** The issues that were opened, as GitHub lists them: the newest first. */
function issuesOf(messages: readonly Message[]): Json {
  const issues = messages.flatMap(({ channel, body }, index) => {
    const issue = channel === "github" ? issueSchema.safeParse(body) : null;
    return issue?.success ? [{ ...issue.data, html_url: `https://github.example/issues/${index + 1}` }] : [];
  });
  return issues.reverse();
}

/** Starts an empty inbox on loopback. */
export async function startInbox(): Promise<Inbox> {
  const kept: Message[] = [];
  const service = await serveHttp((asked) => {
    const { method, url } = asked;
    const channel = url.pathname.split("/")[1] ?? "";
    if (method === "GET" && channel === "github") return { status: 200, body: issuesOf(kept) };
    if (method !== "POST") return { status: 404, body: { message: "post a message here" } };
    const body = bodyOf(asked);
    kept.push({ at: new Date().toISOString(), channel, path: url.pathname, headline: headlineOf(body), body });
    if (kept.length > MOST) kept.shift();
    return thanks(channel, kept.length);
  });
  return { service, messages: () => kept };
}
