import type { Message } from "../../notify/channel.ts";
import type { NotOpened } from "./decide.ts";

/** What the channels are told of a rotation that a person has to do (pure). */
export function dueMessage(
  { stack, onCall, now }: { stack: string; onCall: string; now: number },
  { key, text }: NotOpened,
): Message {
  const at = new Date(now).toISOString();
  const headline = `${stack}: a rotation is due and needs a person`;
  const lines = [text, `on call: ${onCall}`];
  return {
    key: `${stack}/rotation-due/${key}`,
    type: "rotation-due",
    change: null,
    stack,
    onCall,
    headline,
    lines,
    // No change is open: one of the same key is looked for among those of the last quarter.
    openedAt: new Date(now - 90 * 86_400_000).toISOString(),
    at,
    component: "secrets",
    details: { due: text },
    ticket: { title: headline, body: [headline, "", ...lines.map((line) => `- ${line}`)].join("\n") },
  };
}
