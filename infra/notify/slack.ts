import type { Channel, Message } from "./channel.ts";
import { type Post, postChannel } from "./post.ts";

/** Slack refuses a section's text beyond 3,000 characters. */
const LONGEST = 2_900;

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A message for an incoming webhook of Slack (pure). */
function slackExchange(url: string, { headline, lines }: Message): Post {
  const text = [`*${escaped(headline)}*`, ...lines.map(escaped)].join("\n").slice(0, LONGEST);
  return {
    url,
    body: { text: escaped(headline), blocks: [{ type: "section", text: { type: "mrkdwn", text } }] },
  };
}

/** Slack's incoming webhook, whose address is a secret. It knows no keys: what may have arrived isn't sent again. */
export function slackChannel(url: string): Channel {
  return postChannel("slack", "taken twice", (message) => slackExchange(url, message));
}
