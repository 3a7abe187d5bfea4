import type { Json } from "../domain/json.ts";

export const CHANNELS = ["webhook", "slack", "pagerduty", "github", "sns"] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What people are told, whatever the channel. */
export interface Message {
  /** the same message told again carries the same key: receivers that know keys take it once */
  key: string;
  /** what it is about, such as `rollback` */
  type: string;
  /** null where it is about no change */
  change: string | null;
  stack: string;
  onCall: string;
  headline: string;
  /** the rest for people, a sentence each */
  lines: readonly string[];
  /** when the change was opened and when this is told, ISO 8601 */
  openedAt: string;
  at: string;
  /** the part of the stack that it concerns, such as a release's id */
  component: string;
  /** everything, for programs */
  details: Record<string, Json>;
  /** an issue's title and Markdown body */
  ticket: { title: string; body: string };
}

/** How long one try may take. */
export interface Limits {
  /** ends the try */
  signal: AbortSignal;
  /** milliseconds within which its connection has to be made, so that one which can't be is known never to have carried the message */
  connectWithin: number;
}

/** One outside system that people read. */
export interface Channel {
  readonly name: ChannelName;
  /** Whether the receiver knows a key that it was sent before, so that a message without an answer may be sent again. */
  readonly repeats: "recognised" | "taken twice";
  /**
   * Tries once.
   * @returns where the message can be seen, or an empty text
   * @throws SendError
   */
  send(message: Message, limits: Limits): Promise<string>;
}

/** `refused`: will not be taken as it is. `busy`: was not taken now. `unknown`: may have been taken. */
export type Failure = "refused" | "busy" | "unknown";

/** A try that failed; its message holds neither the address nor a credential. */
export class SendError extends Error {
  readonly failure: Failure;
  /** milliseconds that the receiver asks to wait, or null */
  readonly retryAfter: number | null;

  constructor(failure: Failure, message: string, retryAfter: number | null = null) {
    super(message);
    this.name = "SendError";
    this.failure = failure;
    this.retryAfter = retryAfter;
  }
}

/** What an HTTP status says about the message (pure). A gateway's 502 or 504 doesn't say whether its server took it. */
export function failureOf(status: number): Failure {
  if (status === 408 || status === 502 || status === 504) return "unknown";
  return status === 425 || status === 429 || status >= 500 ? "busy" : "refused";
}

const CONNECT_TIMED_OUT = new Set(["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);

/**
 * What an error of the connection says about the message (pure).
 * @param connected whether the connection was made, TLS included: what never was has carried nothing
 */
export function connectionFailure(error: unknown, connected: boolean): SendError {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  if (connected) {
    return new SendError("unknown", timedOut ? "gave no answer in time" : `broke off (${code ?? "the connection"})`);
  }
  const late = code === null || CONNECT_TIMED_OUT.has(code);
  return new SendError("busy", `can't be reached (${late ? "no connection in time" : code})`);
}
