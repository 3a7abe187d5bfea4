import type { Channel, Message } from "./channel.ts";
import { type Post, postChannel } from "./post.ts";

export interface WebhookOptions {
  url: string;
  /** sent as a bearer token where there is one */
  token: string | null;
}

/** The message as it is, for a status page or a receiver of the team's own (pure). */
function webhookExchange({ url, token }: WebhookOptions, message: Message): Post {
  const { key, type, change, stack, onCall, headline, at, details, ticket } = message;
  return {
    url,
    headers: { "idempotency-key": key, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: { type, key, change, stack, onCall, headline, at, ...details, ticket: { title: ticket.title } },
  };
}

/** Any receiver of JSON. It gets an Idempotency-Key, but nothing says that it heeds it. */
export function webhookChannel(options: WebhookOptions): Channel {
  return postChannel("webhook", "taken twice", (message) => webhookExchange(options, message));
}
