import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { Refusal } from "../errors.ts";
import { html } from "../reports/render/markup.ts";
import { ASSETS } from "./assets.ts";
import { findChange, followChange } from "./changes.ts";
import { formToken } from "./form-token.ts";
import { documentOf, type Page, type Snapshot } from "./frame.ts";
import { type BoardIdentity, identify } from "./identity.ts";
import { problemIn } from "./kept.ts";
import { LIMITS, type Limits, openStreams } from "./live.ts";
import { openOverview } from "./overview.ts";
import { type ChangeView, changePage } from "./pages/change.ts";
import { messagePage } from "./pages/message.ts";
import { stacksPage, stacksParts, summaryOf } from "./pages/stacks.ts";
import { changePath } from "./paths.ts";
import type { BoardSource } from "./source.ts";
import { keepTopics, openTopic } from "./topic.ts";
import type { Viewer } from "./viewer.ts";

/** How often an open page's content is looked at, in milliseconds. */
const EVERY = 1_000;
/** Pages of changes that are kept rendered. */
const MOST_CHANGES = 50;
/** How long a page waits for what is being read before it shows what is known, in milliseconds. */
const FIRST_WAIT = 2_000;

interface Variables {
  viewer: Viewer;
}

/** The board, to be served. */
export interface Board {
  app: Hono<{ Variables: Variables }>;
  /** how many pages are followed live */
  followed(): number;
  /** Ends the live pages, so that a server that is stopped can end. */
  close(): void;
}

const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/**
 * Makes the board.
 * @param source what is shown
 * @param identity who may act
 */
export function createBoard(source: BoardSource, identity: BoardIdentity, limits: Limits = LIMITS): Board {
  const app = new Hono<{ Variables: Variables }>();
  const overview = openOverview(source);
  const streams = openStreams(limits);
  // Replicas share the proxy's secret, and with it the key.
  const key = identity.proxy?.secret ?? randomBytes(32).toString("hex");
  const send = (context: Context<{ Variables: Variables }>, page: Page, status: 200 | 400 | 403 | 404 | 500 = 200) =>
    context.html(documentOf(page, context.get("viewer")), status);

  const stacksTopic = openTopic<Snapshot>(async () => {
    const cards = await overview.cards();
    return () => ({ parts: stacksParts(cards), news: summaryOf(cards), ended: false });
  }, EVERY);

  const views = keepTopics(MOST_CHANGES, (place: string) => {
    const [stack, change] = place.split("\n");
    const found = source.stacks.find(({ name }) => name === stack);
    if (found === undefined || change === undefined) throw new Error(`no stack of ${place}`);
    return openTopic<ChangeView>(followChange(found, change, source.now), EVERY);
  });

  /** The one change that a request means, or the answer that says why there is none. */
  async function meant(
    context: Context<{ Variables: Variables }, "/changes/:id">,
  ): Promise<{ stack: string; change: string } | Response> {
    const change = context.req.param("id");
    const found = await findChange(source, change, context.req.query("stack") ?? null);
    const [one] = found;
    if (found.length === 1 && one !== undefined) return { stack: one.name, change };
    const links = found.map(
      ({ name }) => html`<li><a href="${changePath(change, name)}">${change} on ${name}</a></li>`,
    );
    const said =
      found.length === 0
        ? [`There is no ${change} on a stack that is served here.`]
        : ["Each of these stacks has one:"];
    return send(context, messagePage(`${change}: which one?`, said, html`<ul>${links}</ul>`), 404);
  }

  app.use(
    secureHeaders({
      contentSecurityPolicy: POLICY,
      xFrameOptions: "DENY",
      // Without it a browser sends the Origin "null" with the board's own forms.
      referrerPolicy: "same-origin",
    }),
  );
  app.use(async (context, next) => {
    const identified = identify((name) => context.req.header(name), identity);
    const viewer: Viewer =
      identified.kind === "known"
        ? { name: identified.name, token: formToken(key, identified.name, source.now()) }
        : { name: null, why: identified.why };
    context.set("viewer", viewer);
    if (identified.kind === "refused") return send(context, messagePage("Refused", [identified.why]), 403);
    context.header("Cache-Control", "no-store");
    return next();
  });

  app.get("/assets/:name", (context) => {
    const asset = ASSETS[context.req.param("name")];
    if (asset === undefined) return context.notFound();
    return context.body(asset.text, 200, {
      "Content-Type": asset.type,
      "Cache-Control": "public, max-age=31536000, immutable",
    });
  });
  app.get("/", async (context) => {
    await overview.cards();
    await overview.settled(FIRST_WAIT);
    return send(context, stacksPage(await overview.cards()));
  });
  app.get("/events", (context) => streams.answer(context, stacksTopic, context.get("viewer")));
  app.get("/changes/:id", async (context) => {
    const one = await meant(context);
    if (one instanceof Response) return one;
    const view = await views(`${one.stack}\n${one.change}`).latest();
    return send(context, changePage(one, view, context.get("viewer")));
  });
  app.get("/changes/:id/events", async (context) => {
    const one = await meant(context);
    if (one instanceof Response) return one;
    const topic = views(`${one.stack}\n${one.change}`);
    return streams.answer(
      context,
      {
        latest: async () => (await topic.latest()).snapshot,
        listen: (heard) => topic.listen(({ snapshot }) => heard(snapshot)),
      },
      context.get("viewer"),
    );
  });
  app.notFound((context) => send(context, messagePage("Not found", ["There is no such page."]), 404));
  app.onError((error, context) => {
    if (error instanceof Refusal) return send(context, messagePage("Refused", error.problems), 400);
    source.tell(`the board couldn't answer ${context.req.path}: ${problemIn(error)}`);
    return send(
      context,
      messagePage("Not answered", ["This page can't be made now; the service's log says why."]),
      500,
    );
  });
  return { app, followed: streams.count, close: streams.close };
}
