import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { EXIT, Refusal } from "../../errors.ts";
import { html } from "../../reports/render/markup.ts";
import type { Wish } from "../guard.ts";
import { CHANGE_ACTIONS } from "../offers.ts";
import { messagePage } from "../pages/message.ts";
import { changePath, stackPath } from "../paths.ts";
import type { BoardStack } from "../source.ts";
import { type RouteContext, type Status, send } from "./route-context.ts";

/** Bytes of a form that are read at most. */
const LARGEST_FORM = 16_384;

/** Answers a browser with a page, a program with lines of text. */
function answer(
  shared: RouteContext,
  context: Context,
  said: { title: string; lines: readonly string[]; back: string; status: Status },
) {
  const { title, lines, back, status } = said;
  if (context.req.header("Accept")?.includes("text/html") !== true)
    return context.text(`${lines.join("\n")}\n`, status);
  return send(shared, context, messagePage(title, lines, html`<p><a href="${back}">Back to the page</a></p>`), status);
}

/** Does what is asked, or says why it may not be done. */
async function done(
  shared: RouteContext,
  context: Context,
  { title, back, wish }: { title: string; back: string; wish: Wish },
  work: () => Promise<string>,
) {
  try {
    const said = await work();
    shared.source.tell(`${wish.by} on the board: ${said}`);
    return answer(shared, context, { title, lines: [said], back, status: 200 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const status = error.exit === EXIT.busy ? 409 : 400;
    return answer(shared, context, { title: `${title}: not done`, lines: error.problems, back, status });
  }
}

/** What people do with a change or a stack. */
export function actionRoutes(app: Hono, shared: RouteContext): void {
  const { guard, source } = shared;
  const limit = bodyLimit({
    maxSize: LARGEST_FORM,
    onError: (context) => context.text(`Nothing was done: a form has ${LARGEST_FORM} bytes at most\n`, 413),
  });

  async function wished(context: Context, named: string | undefined) {
    const wish = await guard.wish(context);
    const back = "/";
    if ("why" in wish)
      return answer(shared, context, { title: "Refused", lines: [wish.why], back, status: wish.status });
    const name = named ?? wish.fields.get("stack") ?? "";
    const stack = source.stacks.find((one) => one.name === name);
    if (stack !== undefined) return { wish, stack };
    const lines = [name === "" ? "Name the stack in the field stack" : `This board has no stack ${name}`];
    return answer(shared, context, { title: "Not found", lines, back, status: 404 });
  }

  const TITLES = { approve: "Approval", abort: "Abort", resume: "Resume" } as const;
  for (const action of CHANGE_ACTIONS) {
    app.post(`/changes/:id/${action}`, limit, async (context) => {
      const asked = await wished(context, undefined);
      if (asked instanceof Response) return asked;
      const { wish, stack } = asked;
      const change = context.req.param("id") ?? "";
      const { by, reason } = wish;
      const about = { title: TITLES[action], back: changePath(change, stack.name), wish };
      return done(shared, context, about, () => stack.actions[action]({ change, by, reason }));
    });
  }
  app.post("/stacks/:name/rollback", limit, async (context) => {
    const asked = await wished(context, context.req.param("name"));
    if (asked instanceof Response) return asked;
    const { wish, stack } = asked;
    return done(shared, context, { title: "Rollback", back: stackPath(stack.name), wish }, () => goBack(stack, wish));
  });
}

function goBack({ actions }: BoardStack, { by, reason, fields }: Wish): Promise<string> {
  return actions.rollback({ by, reason, from: fields.get("from") ?? "", to: fields.get("to") ?? "" });
}
