import type { Context, Env, Hono } from "hono";
import { html } from "../../reports/render/markup.ts";
import { findChange, followChange } from "../changes.ts";
import type { Snapshot } from "../frame.ts";
import { changePage, type ShownChange } from "../pages/change.ts";
import { messagePage } from "../pages/message.ts";
import { changePath } from "../paths.ts";
import type { BoardStack } from "../source.ts";
import { keepTopics, openTopic, type Topic } from "../topic.ts";
import { type RouteContext, send } from "./route-context.ts";

/** Pages of changes that are kept rendered. */
const MOST = 50;

/** A change's page and its live events. */
export function changesRoutes(app: Hono, shared: RouteContext): void {
  const { source, streams, guard, renderer } = shared;
  const views = keepTopics(MOST, (stack: BoardStack, change) =>
    openTopic<ShownChange>(
      followChange(stack, change, { renderer, now: source.now, tell: source.tell }),
      shared.every,
      source.tell,
    ),
  );

  /** The one change that a request means, or the answer that says why there is none. */
  async function meant(context: Context<Env, "/changes/:id">) {
    const change = context.req.param("id");
    const found = await findChange(source, change, context.req.query("stack") ?? null);
    const [stack] = found;
    if (found.length === 1 && stack !== undefined) return { stack, change };
    const links = found.map(
      ({ name }) => html`<li><a href="${changePath(change, name)}">${change} on ${name}</a></li>`,
    );
    const page =
      found.length === 0
        ? messagePage("Not found", [`No stack of this board has ${change}.`])
        : messagePage(`Which ${change}?`, ["Each of these stacks has one:"], html`<ul>${links}</ul>`);
    return send(shared, context, page, 404);
  }

  app.get("/changes/:id", async (context) => {
    const one = await meant(context);
    if (one instanceof Response) return one;
    const { stack, change } = one;
    const view = await views(stack, change).latest();
    return send(shared, context, changePage({ stack: stack.name, change }, view, guard.viewer(context)));
  });
  app.get("/changes/:id/events", async (context) => {
    const one = await meant(context);
    if (one instanceof Response) return one;
    const topic = views(one.stack, one.change);
    const snapshots: Topic<Snapshot> = {
      latest: async () => (await topic.latest()).snapshot,
      listen: (told) => topic.listen(({ snapshot }) => told(snapshot)),
    };
    return streams.answer(context, snapshots, () => guard.viewer(context));
  });
}
