import type { Context } from "hono";
import { documentOf, type Page } from "../frame.ts";
import type { Guard } from "../guard.ts";
import type { Streams } from "../live.ts";
import type { Overview } from "../overview.ts";
import type { Renderer } from "../render/renderer.ts";
import type { BoardSource } from "../source.ts";

export type Status = 200 | 400 | 403 | 404 | 409 | 500 | 503;

/** What the routes share. */
export interface RouteContext {
  source: BoardSource;
  overview: Overview;
  streams: Streams;
  guard: Guard;
  renderer: Renderer;
  /** how often what an open page shows is looked at, in milliseconds */
  every: number;
}

/** Answers with a page. */
export function send(
  { guard }: Pick<RouteContext, "guard">,
  context: Context,
  page: Page,
  status: Status = 200,
): Response | Promise<Response> {
  return context.html(documentOf(page, guard.viewer(context)), status);
}
