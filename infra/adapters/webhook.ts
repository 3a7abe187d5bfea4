import type { Incident } from "../changes/incident.ts";
import { headlineOf } from "../changes/incident.ts";
import type { Ticket } from "../changes/ticket.ts";
import type { Post } from "./post.ts";

/** The incident as it is, for a status page or a receiver of the team's own (pure). */
export function webhookPost(url: string, incident: Incident, ticket: Ticket): Post {
  return {
    url,
    headers: {},
    body: { type: "rollback", headline: headlineOf(incident), incident, ticket: { title: ticket.title } },
  };
}
