import { headlineOf, type Incident, scopeInWords } from "../changes/incident.ts";
import type { Post } from "./post.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A message for an incoming webhook of Slack: the headline, the scope, the evidence, who is on call (pure). */
export function slackPost(url: string, incident: Incident): Post {
  const { change, onCall, reason, evidence } = incident;
  const lines = [
    `*${escaped(headlineOf(incident))}*`,
    escaped(scopeInWords(incident)),
    `Why: ${escaped(reason)}`,
    ...evidence.slice(0, 5).map(({ gate, summary }) => `• ${escaped(`${gate}: ${summary}`)}`),
    `${change}, on call: ${escaped(onCall)}`,
  ];
  return {
    url,
    headers: {},
    body: {
      text: escaped(headlineOf(incident)),
      blocks: [{ type: "section", text: { type: "mrkdwn", text: lines.join("\n").slice(0, 2_900) } }],
    },
  };
}
