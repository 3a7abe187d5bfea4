import { headlineOf, type Incident, scopeInWords } from "../changes/incident.ts";
import type { Post } from "./post.ts";

export type Severity = "critical" | "error" | "warning" | "info";

/** What an event is sent with. */
export interface PagerdutyOptions {
  /** the Events API's address */
  url: string;
  severity: Severity;
  routingKey: string;
}

/** An event for PagerDuty's Events API, version 2; the change's id makes a second one the same incident (pure). */
export function pagerdutyPost({ url, severity, routingKey }: PagerdutyOptions, incident: Incident): Post {
  const { change, stack, onCall, reason, evidence } = incident;
  return {
    url,
    headers: {},
    body: {
      routing_key: routingKey,
      event_action: "trigger",
      dedup_key: `${stack}/${change}`.slice(0, 255),
      payload: {
        summary: headlineOf(incident).slice(0, 1_024),
        source: stack,
        severity,
        timestamp: incident.scope.until,
        component: incident.left.id,
        custom_details: { change, onCall, reason, scope: scopeInWords(incident), evidence },
      },
    },
  };
}
