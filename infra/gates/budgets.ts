import { z } from "zod";
import { takeOver } from "./earlier-leftovers.ts";
import { type EventStream, openEvents } from "./events.ts";
import type { CookieJar } from "./http.ts";
import { create, logIn, together, walkingGate } from "./visit.ts";
import { greet } from "./websocket.ts";

const BUDGETS = "/api/budgets";
const TOTAL = 100;

const reconciled = z.object({ type: z.literal("budget.reconciled"), id: z.union([z.string(), z.number()]) });

/** Pure: whether a message says that this budget is reconciled. */
function isReconciled(message: unknown, id: string): boolean {
  const event = reconciled.safeParse(message);
  return event.success && String(event.data.id) === id;
}

async function awaitEvent(stream: EventStream, id: string): Promise<void> {
  await stream.next({ what: "budget.reconciled", matches: (message) => isReconciled(message, id), otherwise: "wrong" });
}

/** Journey: a reconciled budget is announced on every open WebSocket of its user, whichever release it is on. */
export const budgets = walkingGate("budgets", async (visit) => {
  const { release } = visit.context.target;
  const jar: CookieJar = new Map();
  const client = visit.client(release, jar);
  await logIn(visit, client);
  await takeOver(visit, client, BUDGETS, ({ total }) => Number(total) === TOTAL);
  const releases = [...new Set([release, visit.other])];
  const streams = await together(
    releases.map(async (id) => {
      const stream = await openEvents(visit, visit.client(id, jar));
      await greet(stream, id);
      return stream;
    }),
  );
  const budget = await create(visit, client, BUDGETS, { total: TOTAL });
  const begun = performance.now();
  await client.expect(202, "POST", `${budget.path}/reconcile`);
  await together(streams.map((stream) => awaitEvent(stream, budget.id)));
  const milliseconds = Math.round(performance.now() - begun);
  visit.note({ eventMilliseconds: milliseconds, releases });
  return `the event reached ${releases.join(" and ")} in ${milliseconds} ms`;
});
