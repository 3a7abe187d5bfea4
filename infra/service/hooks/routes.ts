import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ZodError } from "zod";
import { badInput } from "../../errors.ts";
import type { Log } from "../log.ts";
import { type Alert, type Named, stackOf, unreadOf } from "./alert.ts";
import * as alertmanager from "./alertmanager.ts";
import type { Outcome } from "./open-incident.ts";
import * as pagerduty from "./pagerduty.ts";
import type { HookSettings } from "./settings.ts";
import * as sns from "./sns.ts";

/** What the hooks work with. */
export interface Hooks {
  settings: HookSettings;
  served(): readonly Named[];
  /** @throws Refusal where the stack can't be read, or somebody else is at work on it and no change of theirs is known */
  openIncident(stack: string, alert: Alert): Promise<Outcome>;
  /** gets a text of SNS' own addresses */
  fetchText(url: string): Promise<string>;
  log: Log;
  now(): number;
}

/** The longest body that is read, in bytes. */
const LONGEST = 256 * 1024;
/** For how long further alerts of a stack get the answer to the first one, in milliseconds. */
const REPEAT_WITHIN = 10_000;

type Answer = Response | Promise<Response>;

/** `/alertmanager`, `/sns` and `/pagerduty`: an alert opens a database incident for the stack that it names. A hook whose secret isn't set has no route. */
export function hookRoutes(hooks: Hooks): Hono {
  const { settings, log, now } = hooks;
  const handle = oncePerStack(hooks);
  const app = new Hono();
  app.use(bodyLimit({ maxSize: LONGEST, onError: (context) => context.text("too long\n", 413) }));
  const refuse = (context: Context, why: string): Answer => {
    log({ level: "warn", stack: null, change: null, message: `a hook was refused: ${context.req.path}: ${why}` });
    return context.text(`refused: ${why}\n`, 403);
  };
  const answer = async (context: Context, alerts: readonly Alert[]): Promise<Response> => {
    const told = await Promise.all(alerts.map((alert) => handle(alert, context.req.query("stack") ?? null)));
    return context.text(["received", ...told, ""].join("\n"), 202);
  };
  const { alertmanagerToken, pagerdutySecret, snsTopics } = settings;
  if (alertmanagerToken !== null)
    app.post("/alertmanager", async (context) => {
      if (!alertmanager.isAlertmanager(context.req.header("Authorization"), alertmanagerToken))
        return refuse(context, "the token is missing or wrong");
      return answer(context, alertmanager.alertsIn(await context.req.json()));
    });
  if (pagerdutySecret !== null)
    app.post("/pagerduty", async (context) => {
      const body = await context.req.text();
      if (!pagerduty.isSigned(body, context.req.header("X-PagerDuty-Signature"), pagerdutySecret))
        return refuse(context, "the signature is missing or forged");
      return answer(context, pagerduty.alertsIn(JSON.parse(body)));
    });
  if (snsTopics.length > 0)
    app.post("/sns", async (context) => {
      const message = sns.messageIn(JSON.parse(await context.req.text()));
      const checked = { topics: snsTopics, certificate: hooks.fetchText, now: now() };
      const problem = await sns.problemWith(message, checked);
      if (problem !== null) return refuse(context, problem);
      if (message.Type === "SubscriptionConfirmation") {
        if (!sns.isOfSns(message.SubscribeURL, message.TopicArn)) return refuse(context, "the address isn't SNS'");
        await hooks.fetchText(message.SubscribeURL);
        log({ level: "info", stack: null, change: null, message: `subscribed to ${message.TopicArn}` });
      }
      return answer(context, sns.alertsIn(message));
    });
  app.onError((error, context) => {
    if (error instanceof ZodError || error instanceof SyntaxError) return context.text("not understood\n", 400);
    log({ level: "error", stack: null, change: null, message: `${context.req.path}: ${error.message}` });
    // Whoever sent it tries again.
    return context.text("not handled now: see the service's log, and send it again\n", 503);
  });
  return app;
}

/** Handles one alert of a stack at a time; those right after it get the same answer. */
function oncePerStack({ served, openIncident, log, now }: Hooks) {
  const last = new Map<string, { at: number; outcome: Promise<Outcome> }>();
  return async (alert: Alert, asked: string | null): Promise<string> => {
    const stacks = served();
    const stack = stackOf(alert, asked, stacks);
    const unread = stack === null ? unreadOf(alert, stacks) : [];
    if (unread.length > 0) {
      throw badInput(
        `${alert.title}: it may be of ${unread.join(" or ")}, whose settings weren't read yet: it is to be sent again`,
      );
    }
    if (stack === null) {
      log({
        level: "warn",
        stack: null,
        change: null,
        message: `an alert names no stack of this service: ${alert.title}`,
      });
      return `${alert.title}: it names no stack of this service`;
    }
    const before = last.get(stack);
    // A clock that was set back makes nothing young.
    const isRepeat = before !== undefined && Math.abs(now() - before.at) < REPEAT_WITHIN;
    const outcome = isRepeat ? before.outcome : openIncident(stack, alert);
    if (!isRepeat) last.set(stack, { at: now(), outcome });
    const { kind, change } = await outcome.catch((error: unknown) => {
      if (last.get(stack)?.outcome === outcome) last.delete(stack);
      throw error;
    });
    const message = {
      opened: `${change} was opened for the alert`,
      known: `${change} had been opened for the same alert`,
      held: `${change} is open on the stack: no incident is opened for the alert`,
    }[kind];
    if (!isRepeat)
      log({ level: kind === "held" ? "warn" : "info", stack, change, message: `${message}: ${alert.title}` });
    return `${stack}: ${message}`;
  };
}
