import { type Env, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { metricsText, type Shown } from "./metrics.ts";

/** What the service's answers are made of. */
export interface Answers<Variables extends Env = Env> {
  /** whether the service ends: it is to get no new requests then */
  isEnding(): boolean;
  /** for each stack what keeps its changes from being run or followed; null where nothing does */
  troubles(): readonly (string | null)[];
  metrics(): Promise<readonly Shown[]>;
  /** what takes alerts */
  hooks?: Hono;
  /** what is served beside them */
  board?: Hono<Variables>;
}

/**
 * The service's answers: `/healthz` while the process is well, touching nothing outside; `/readyz` where it can run or follow the changes of at least
 * one of its stacks, with a line for each that it can't; `/metrics`.
 */
export function serviceApp<Variables extends Env = Env>({
  isEnding,
  troubles,
  metrics,
  hooks,
  board,
}: Answers<Variables>): Hono {
  const app = new Hono();
  // The board sets stricter ones of its own.
  for (const path of ["/healthz", "/readyz", "/metrics"]) app.use(path, secureHeaders());
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    if (isEnding()) return context.text("the service is ending\n", 503);
    const all = troubles();
    const told = all.flatMap((trouble) => trouble ?? []);
    return context.text(
      [...(told.length < all.length ? ["ready"] : []), ...told, ""].join("\n"),
      told.length < all.length ? 200 : 503,
    );
  });
  app.get("/metrics", async (context) => {
    context.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    return context.body(metricsText(await metrics(), Date.now()));
  });
  if (hooks !== undefined) app.route("/hooks", hooks);
  if (board !== undefined) app.route("/", board);
  return app;
}
