import type { Hono } from "hono";
import { openHistory } from "../history.ts";
import { keeper, problemIn } from "../kept.ts";
import { calendarPage, type StackRules } from "../pages/calendar.ts";
import { historyPage } from "../pages/history.ts";
import { secretsPage } from "../pages/secrets.ts";
import type { BoardStack } from "../source.ts";
import { type RouteContext, send } from "./route-context.ts";

/** How long a page waits for what is being read before it shows what is known, in milliseconds. */
const FIRST_WAIT = 5_000;
/** How old the history may be that is shown, in milliseconds. */
const HISTORY_AGE = 60_000;

async function rulesOf({ name, open }: BoardStack): Promise<StackRules> {
  try {
    return { name, settings: (await open()).settings, problem: null };
  } catch (error) {
    return { name, settings: null, problem: problemIn(error) };
  }
}

/** The pages that list something of every stack. */
export function listRoutes(app: Hono, shared: RouteContext): void {
  const { source, overview, renderer } = shared;
  const history = keeper(openHistory(source), { maxAge: HISTORY_AGE, now: source.now });
  app.get("/secrets", async (context) => {
    overview.seen();
    await overview.settled(FIRST_WAIT);
    return send(shared, context, secretsPage(overview.seen()));
  });
  app.get("/calendar", async (context) => {
    const rules = await Promise.all(source.stacks.map(rulesOf));
    return send(shared, context, calendarPage(rules, source.now()));
  });
  app.get("/history", async (context) => {
    history.glance();
    await history.settled();
    const { value } = history.glance();
    return send(shared, context, await historyPage(value ?? [], context.req.query("stack") ?? null, renderer.plots));
  });
}
