import { createRedactor, type Redactor } from "../records/redaction/redact.ts";
import type { Settings, StackSecrets } from "../settings/index.ts";
import type { Channel, ChannelName, Message } from "./channel.ts";
import { type DeliverOptions, type Delivery, deliver } from "./deliver.ts";
import { githubChannel } from "./github.ts";
import { pagerdutyChannel } from "./pagerduty.ts";
import { slackChannel } from "./slack.ts";
import { webhookChannel } from "./webhook.ts";

export type { Message } from "./channel.ts";
export type { Delivery } from "./deliver.ts";

type Notify = NonNullable<Settings["notify"]>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Takes every address and credential's place; the sandbox sets it to its inbox. */
const EVERYTHING_TO = "RUNBOOKS_NOTIFY_URL";
const GITHUB_API = "https://api.github.com";
const PAGERDUTY_EVENTS = "https://events.pagerduty.com/v2/enqueue";

/** Secret settings that channels use, and the variable that goes before each. */
const VARIABLES = {
  slackWebhook: "RUNBOOKS_SLACK_WEBHOOK",
  pagerdutyKey: "RUNBOOKS_PAGERDUTY_KEY",
  githubToken: "GITHUB_TOKEN",
  webhookToken: "RUNBOOKS_WEBHOOK_TOKEN",
} as const;

/** What channels identify themselves with. */
export type Credentials = { [Name in keyof typeof VARIABLES]: string | null };

/** The channels' credentials: the environment's, else the stack's secret settings (pure). */
export function credentialsOf(secrets: Partial<StackSecrets>, env: Environment): Credentials {
  const of = (name: keyof typeof VARIABLES) => env[VARIABLES[name]] || secrets[name] || null;
  return {
    slackWebhook: of("slackWebhook"),
    pagerdutyKey: of("pagerdutyKey"),
    githubToken: of("githubToken"),
    webhookToken: of("webhookToken"),
  };
}

/** The credentials that are there: what must stand in no record (pure). */
export function valuesOf(credentials: Credentials): string[] {
  return Object.values(credentials).flatMap((credential) => credential ?? []);
}

/** A channel that is ready, or what it lacks. */
export type Planned = Channel | { name: ChannelName; missing: string };

/** The channels that the settings ask for. What goes to the inbox instead of to its receiver carries no credential. */
export async function plannedChannels(
  notify: Notify,
  credentials: Credentials,
  inboxUrl: string | null,
): Promise<Planned[]> {
  const inbox = inboxUrl?.replace(/\/$/, "") ?? null;
  const at = (name: ChannelName, real: string) => (inbox === null ? real : `${inbox}/${name}`);
  const planned: Planned[] = [];
  const needing = (name: ChannelName, key: keyof Credentials, make: (credential: string) => Channel) => {
    const credential = inbox === null ? credentials[key] : "inbox";
    const missing = `set the secret production-runbooks:${key} or the variable ${VARIABLES[key]}`;
    planned.push(credential === null ? { name, missing } : make(credential));
  };
  const { webhook, slack, github, pagerduty, sns } = notify;
  if (webhook !== undefined) {
    const token = inbox === null ? credentials.webhookToken : null;
    planned.push(webhookChannel({ url: at("webhook", webhook.url), token }));
  }
  if (slack !== undefined) needing("slack", "slackWebhook", (url) => slackChannel(at("slack", url)));
  if (pagerduty !== undefined) {
    const url = at("pagerduty", pagerduty.url ?? PAGERDUTY_EVENTS);
    const { severity } = pagerduty;
    needing("pagerduty", "pagerdutyKey", (routingKey) => pagerdutyChannel({ url, severity, routingKey }));
  }
  if (github !== undefined) {
    const { repository, labels } = github;
    const api = at("github", github.api ?? GITHUB_API);
    needing("github", "githubToken", (token) => githubChannel({ api, repository, labels, token }));
  }
  if (sns !== undefined) {
    const { snsChannel } = await import("./sns.ts"); // the SDK is slow to load, and few stacks ask for it
    planned.push(snsChannel({ topicArn: sns.topicArn, endpoint: inbox === null ? null : `${inbox}/sns` }));
  }
  return planned;
}

/** Tells each channel, side by side; none that fails keeps the others, or whoever waits beyond the limit. */
export function tell(planned: readonly Planned[], message: Message, options: DeliverOptions): Promise<Delivery[]> {
  const one = async (channel: Planned): Promise<Delivery> =>
    "missing" in channel
      ? { channel: channel.name, delivered: "no", detail: channel.missing, tries: 0 }
      : await deliver(channel, message, options);
  return Promise.all(planned.map(one));
}

/** How a message is told: whether a runner died while it told it before, and where the credentials come from. */
export interface Telling {
  attempt: DeliverOptions["attempt"];
  secrets: Partial<StackSecrets>;
  env: Environment;
  /** blanks out what is secret beside the settings; left out where there is nothing */
  redactor?: Redactor;
}

/** A message without what mustn't be told; what tells it apart, the key and the change's id among them, stays as it is (pure). */
function redacted(message: Message, { text, data }: Pick<Redactor, "text" | "data">): Message {
  const { headline, lines, onCall, component, details, ticket } = message;
  return {
    ...message,
    headline: text(headline),
    lines: lines.map(text),
    onCall: text(onCall),
    component: text(component),
    details: data(details),
    ticket: { title: text(ticket.title), body: text(ticket.body) },
  };
}

/** Characters of a delivery's detail that are kept. */
const LONGEST_DETAIL = 250;

/** Tells every channel of the settings. Neither the message nor a detail holds a secret, whatever a pod has logged or a receiver answers. */
export async function announceTo(
  notify: Settings["notify"],
  message: Message,
  { attempt, secrets, env, redactor }: Telling,
): Promise<Delivery[]> {
  if (notify === undefined) return [];
  const credentials = credentialsOf(secrets, env);
  const planned = await plannedChannels(notify, credentials, env[EVERYTHING_TO] ?? null);
  const own = createRedactor([...valuesOf(credentials), ...Object.values(secrets).flatMap((value) => value ?? [])]);
  const text = (original: string) => redactor?.text(own.text(original)) ?? own.text(original);
  const data: Redactor["data"] = (original) => redactor?.data(own.data(original)) ?? own.data(original);
  const deliveries = await tell(planned, redacted(message, { text, data }), { within: notify.within, attempt });
  // Cut last: a value that is cut in its middle isn't known any more.
  return deliveries.map((delivery) => ({ ...delivery, detail: text(delivery.detail).slice(0, LONGEST_DETAIL) }));
}
