import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ZodError } from "zod";
import type { Log } from "../log.ts";
import { type Alert, type Named, stackOf } from "./alert.ts";
import * as alertmanager from "./alertmanager.ts";
import type { Heeded } from "./open-incident.ts";
import * as pagerduty from "./pagerduty.ts";
import type { HookSettings } from "./settings.ts";
import * as sns from "./sns.ts";

/** What the hooks stand on. */
export interface Hooks {
  settings: HookSettings;
  /** the stacks whose settings were read */
  served(): readonly Named[];
  /** @throws Refusal where the stack can't be read */
  openIncident(stack: string, alert: Alert): Promise<Heeded>;
  /** gets a text of SNS' own addresses */
  fetchText(url: string): Promise<string>;
  log: Log;
  now(): number;
}

/** The longest body that is read, in bytes. */
const LONGEST = 256 * 1024;
/** For how long the answer to an alert stands for those that come behind it on the same stack, in milliseconds. */
const CALM = 10_000;

type Answer = Response | Promise<Response>;

/** `/alertmanager`, `/sns` and `/pagerduty`: an alert opens a database incident for the stack that it names; without its secret a hook isn't there. */
export function hookRoutes(hooks: Hooks): Hono {
  const { settings, log, now } = hooks;
  const heed = oncePerStack(hooks);
  const app = new Hono();
  app.use(bodyLimit({ maxSize: LONGEST, onError: (context) => context.text("too long\n", 413) }));
  const refuse = (context: Context, why: string): Answer => {
    log({ level: "warn", stack: null, change: null, message: `a hook was refused: ${context.req.path}: ${why}` });
    return context.text(`refused: ${why}\n`, 403);
  };
  const answer = async (context: Context, alerts: readonly Alert[]): Promise<Response> => {
    const told = await Promise.all(alerts.map((alert) => heed(alert, context.req.query("stack") ?? null)));
    return context.text(["taken", ...told, ""].join("\n"), 202);
  };
  const { alertmanagerToken, pagerdutySecret, snsTopics } = settings;
  if (alertmanagerToken !== null)
    app.post("/alertmanager", async (context) => {
      if (!alertmanager.isAlertmanager(context.req.header("Authorization"), alertmanagerToken))
        return refuse(context, "the token is missing or another one");
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
    return context.text("not heeded: see the service's log\n", 503);
  });
  return app;
}

/** Heeds one alert of a stack at a time; what comes right behind gets the answer that the one before got. */
function oncePerStack({ served, openIncident, log, now }: Hooks) {
  const last = new Map<string, { at: number; heeded: Promise<Heeded> }>();
  return async (alert: Alert, asked: string | null): Promise<string> => {
    const stack = stackOf(alert, asked, served());
    if (stack === null) {
      log({
        level: "warn",
        stack: null,
        change: null,
        message: `an alert names no stack that is served: ${alert.title}`,
      });
      return `${alert.title}: it names no stack that is served here`;
    }
    const before = last.get(stack);
    const isCalm = before !== undefined && now() - before.at < CALM;
    const heeded = isCalm ? before.heeded : openIncident(stack, alert);
    if (!isCalm) last.set(stack, { at: now(), heeded });
    const { kind, change } = await heeded.catch((error: unknown) => {
      last.delete(stack);
      throw error;
    });
    const message = {
      opened: `${change} is opened for the alert`,
      known: `${change} was opened for the alert before`,
      held: `${change ?? "another change"} has the stack: no incident is opened for the alert`,
    }[kind];
    if (!isCalm)
      log({ level: kind === "held" ? "warn" : "info", stack, change, message: `${message}: ${alert.title}` });
    return `${stack}: ${message}`;
  };
}
