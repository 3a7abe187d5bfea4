import { createHash } from "node:crypto";
import type { Channel, Message } from "./channel.ts";
import { type Post, postChannel } from "./post.ts";

export type Severity = "critical" | "error" | "warning" | "info";

/** What an event is sent with. */
export interface PagerdutyOptions {
  /** the Events API's address */
  url: string;
  severity: Severity;
  routingKey: string;
}

/** The longest `dedup_key` and `summary` that the Events API takes, in characters. */
const LONGEST_KEY = 255;
const LONGEST_SUMMARY = 1_024;

/** A key that the Events API takes: a longer one keeps its beginning and is told apart by its hash (pure). */
export function dedupKey(key: string): string {
  if (key.length <= LONGEST_KEY) return key;
  const hash = createHash("sha256").update(key).digest("hex");
  return `${key.slice(0, LONGEST_KEY - hash.length - 1)}-${hash}`;
}

/** An event for PagerDuty's Events API, version 2 (pure). */
function pagerdutyExchange({ url, severity, routingKey }: PagerdutyOptions, message: Message): Post {
  const { key, change, stack, onCall, headline, lines, at, component, details } = message;
  return {
    url,
    body: {
      routing_key: routingKey,
      event_action: "trigger",
      dedup_key: dedupKey(key),
      client: "production-runbooks",
      payload: {
        summary: headline.slice(0, LONGEST_SUMMARY),
        source: stack,
        severity,
        timestamp: at,
        component,
        custom_details: { change, onCall, lines, ...details },
      },
    },
  };
}

/** PagerDuty's Events API, version 2: an event with a known `dedup_key` joins the alert that is open. */
export function pagerdutyChannel(options: PagerdutyOptions): Channel {
  return postChannel("pagerduty", "recognised", (message) => pagerdutyExchange(options, message));
}
