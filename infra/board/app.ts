import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { Refusal } from "../errors.ts";
import { ASSETS } from "./assets.ts";
import { openGuard } from "./guard.ts";
import type { BoardIdentity } from "./identity.ts";
import { problemIn } from "./kept.ts";
import { LIMITS, type Limits, openStreams } from "./live.ts";
import { openOverview } from "./overview.ts";
import { messagePage } from "./pages/message.ts";
import { openRenderer } from "./render/renderer.ts";
import { actionRoutes } from "./routes/actions.ts";
import { changesRoutes } from "./routes/changes.ts";
import { listRoutes } from "./routes/lists.ts";
import { type RouteContext, send } from "./routes/route-context.ts";
import { stacksRoutes } from "./routes/stacks.ts";
import type { BoardSource } from "./source.ts";

/** The board, to be served at the root of an address. */
export interface Board {
  app: Hono;
  /** how many pages are live */
  followed(): number;
  /** Ends the live pages, so that a server that is stopped can end. */
  close(): Promise<void>;
}

/** A page loads only the board's own files, sends forms only to it, and is never in a frame. */
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
 * @param source what is shown, and what can be done
 * @param identity who may do it, asked with each request
 */
export function createBoard(source: BoardSource, identity: () => BoardIdentity, limits: Limits = LIMITS): Board {
  const app = new Hono();
  const streams = openStreams(limits, source.tell);
  const guard = openGuard(identity, source.now);
  const renderer = openRenderer();
  const shared: RouteContext = {
    source,
    overview: openOverview(source),
    streams,
    guard,
    renderer,
    every: limits.every,
  };
  app.use(
    secureHeaders({
      contentSecurityPolicy: POLICY,
      xFrameOptions: "DENY",
      // With "no-referrer" a browser sends the Origin "null" with the board's own forms.
      referrerPolicy: "same-origin",
    }),
  );
  app.use(async (context, next) => {
    const identified = guard.identified(context);
    context.header("Cache-Control", "no-store");
    return identified.kind === "refused"
      ? send(shared, context, messagePage("Refused", [identified.why]), 403)
      : next();
  });
  app.get("/assets/:name", (context) => {
    const asset = ASSETS[context.req.param("name")];
    if (asset === undefined) return context.notFound();
    context.header("Content-Type", asset.type);
    context.header("Cache-Control", "public, max-age=31536000, immutable");
    return context.body(asset.text);
  });
  stacksRoutes(app, shared);
  changesRoutes(app, shared);
  listRoutes(app, shared);
  actionRoutes(app, shared);
  app.all("*", (context) => send(shared, context, messagePage("Not found", ["There is no such page."]), 404));
  app.onError((error, context) => {
    if (error instanceof Refusal) return send(shared, context, messagePage("Not answered", error.problems), 400);
    source.tell(`the board couldn't answer ${context.req.path}: ${problemIn(error)}`);
    return send(
      shared,
      context,
      messagePage("Not answered", ["This page can't be made now. The service's log says why."]),
      500,
    );
  });
  const close = () => {
    streams.close();
    return renderer.close();
  };
  return { app, followed: streams.count, close };
}
