import type { Hono } from "hono";
import type { Snapshot } from "../frame.ts";
import { messagePage } from "../pages/message.ts";
import { stackPage } from "../pages/stack.ts";
import { stacksPage, stacksParts, summaryOf } from "../pages/stacks.ts";
import { openTopic } from "../topic.ts";
import { type RouteContext, send } from "./route-context.ts";

/** How long a page waits for what is being read before it shows what is known, in milliseconds. */
const FIRST_WAIT = 2_000;

/** The first page, its live events, and each stack's page. */
export function stacksRoutes(app: Hono, shared: RouteContext): void {
  const { overview, streams, guard, source } = shared;
  const read = async (): Promise<Snapshot> => {
    const cards = await overview.cards();
    return () => ({ parts: stacksParts(cards), news: summaryOf(cards), ended: false });
  };
  const topic = openTopic(read, shared.every, source.tell);
  /** What is known once what is being read has had its time. */
  const now = async () => {
    await overview.cards();
    await overview.settled(FIRST_WAIT);
    return overview.cards();
  };
  app.get("/", async (context) => send(shared, context, stacksPage(await now())));
  app.get("/events", (context) => streams.answer(context, topic, () => guard.viewer(context)));
  app.get("/stacks/:name", async (context) => {
    const name = context.req.param("name");
    const card = (await now()).find((one) => one.name === name);
    if (card === undefined)
      return send(shared, context, messagePage("Not found", [`This board has no stack ${name}.`]), 404);
    const seen = overview.seen().find((one) => one.name === name)?.seen.value ?? null;
    return send(shared, context, stackPage(card, seen?.standing ?? null, guard.viewer(context)));
  });
}
