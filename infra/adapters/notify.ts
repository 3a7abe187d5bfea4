import type { Incident } from "../changes/incident.ts";
import type { Ticket } from "../changes/ticket.ts";
import type { Settings } from "../settings.ts";
import { githubPost } from "./github.ts";
import { pagerdutyPost } from "./pagerduty.ts";
import { type Post, post } from "./post.ts";
import { slackPost } from "./slack.ts";
import { webhookPost } from "./webhook.ts";

/** How telling one channel went. */
export interface Delivery {
  channel: Channel;
  delivered: "yes" | "no";
  detail: string;
}

export type Channel = "webhook" | "slack" | "github" | "pagerduty";
type Notify = Settings["notify"];

/** Takes every address and credential's place; the sandbox sets it to its inbox. */
const EVERYTHING_TO = "RUNBOOKS_NOTIFY_URL";
const CREDENTIALS = {
  slack: "RUNBOOKS_SLACK_WEBHOOK",
  github: "GITHUB_TOKEN",
  pagerduty: "RUNBOOKS_PAGERDUTY_KEY",
} as const;
const GITHUB_API = "https://api.github.com";
const PAGERDUTY_EVENTS = "https://events.pagerduty.com/v2/enqueue";

/** A message that is ready, or the variable that it needs. */
export type Planned = { channel: Channel; post: Post } | { channel: Channel; missing: string };

/** The messages that the settings ask for, with the credentials of the environment (pure). */
export function plannedPosts(
  notify: Notify,
  incident: Incident,
  ticket: Ticket,
  env: Readonly<Record<string, string | undefined>>,
): Planned[] {
  const inbox = env[EVERYTHING_TO]?.replace(/\/$/, "");
  // What goes to the inbox instead of to its receiver carries no credential.
  const credential = (channel: keyof typeof CREDENTIALS) => (inbox === undefined ? env[CREDENTIALS[channel]] : "inbox");
  const at = (channel: Channel, real: string) => (inbox === undefined ? real : `${inbox}/${channel}`);
  const planned: Planned[] = [];
  const { webhook, slack, github, pagerduty } = notify ?? {};
  if (webhook !== undefined) {
    planned.push({ channel: "webhook", post: webhookPost(at("webhook", webhook.url), incident, ticket) });
  }
  const needing = (channel: keyof typeof CREDENTIALS, make: (credential: string) => Post) => {
    const given = credential(channel);
    planned.push(given === undefined ? { channel, missing: CREDENTIALS[channel] } : { channel, post: make(given) });
  };
  if (slack !== undefined) needing("slack", (url) => slackPost(at("slack", url), incident));
  if (pagerduty !== undefined) {
    const url = at("pagerduty", PAGERDUTY_EVENTS);
    needing("pagerduty", (routingKey) => pagerdutyPost({ url, severity: pagerduty.severity, routingKey }, incident));
  }
  if (github !== undefined) {
    const { repository, labels } = github;
    const api = at("github", github.api ?? GITHUB_API);
    needing("github", (token) => githubPost({ api, repository, labels, token }, ticket));
  }
  return planned;
}

async function deliver(planned: Planned): Promise<Delivery> {
  const { channel } = planned;
  if ("missing" in planned) return { channel, delivered: "no", detail: `set ${planned.missing} in the environment` };
  try {
    await post(planned.post);
    return { channel, delivered: "yes", detail: "" };
  } catch (error) {
    return { channel, delivered: "no", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Tells every channel of the settings, side by side; none that fails keeps the others. */
export function announceTo(
  notify: Notify,
  incident: Incident,
  ticket: Ticket,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Delivery[]> {
  return Promise.all(plannedPosts(notify, incident, ticket, env).map(deliver));
}
