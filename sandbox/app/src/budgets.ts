import { Router } from "express";
import { z } from "zod";
import type { Afm } from "./afm.ts";
import type { Background } from "./background.ts";
import type { Database } from "./database.ts";
import type { EventHub } from "./events.ts";
import type { Log } from "./log.ts";
import { idOf, notFound, parseBody } from "./requests.ts";
import { userOf } from "./sessions.ts";

const budget = z.object({ total: z.number().positive().max(1e12) });

export interface BudgetDependencies {
  database: Database;
  afm: Afm;
  hub: EventHub;
  background: Background;
  log: Log;
}

/** Budgets: create, delete, and reconcile, which is accepted at once and announced to the user's open WebSockets when done. */
export function budgetRoutes({ database, afm, hub, background, log }: BudgetDependencies): Router {
  const router = Router();

  router.get("/", async (req, res) => {
    const { rows } = await database.query<{ id: string; total: string }>(
      "select id, total from budgets where owner = $1 limit 20",
      [userOf(req)],
    );
    res.json({ budgets: rows });
  });

  router.post("/", async (req, res) => {
    const user = userOf(req);
    const { total } = parseBody(budget, req.body);
    const { rows } = await database.query<{ id: string }>(
      "insert into budgets (owner, total) values ($1, $2) returning id",
      [user, total],
    );
    res.status(201).json(rows[0]);
  });

  router.post("/:id/reconcile", async (req, res) => {
    const user = userOf(req);
    const { rows } = await database.query<{ id: string; total: string }>(
      "select id, total from budgets where id = $1 and owner = $2",
      [idOf(req, "id"), user],
    );
    const found = rows[0];
    if (found === undefined) throw notFound();
    const requestId = z.string().parse(res.locals.requestId);
    background.start(`reconciliation of budget ${found.id}`, requestId, () => reconcile(user, found, requestId));
    res.status(202).json({ id: found.id });
  });

  router.delete("/:id", async (req, res) => {
    const user = userOf(req);
    const { rowCount } = await database.query("delete from budgets where id = $1 and owner = $2", [
      idOf(req, "id"),
      user,
    ]);
    if (rowCount === 0) throw notFound();
    res.status(204).end();
  });

  async function reconcile(user: string, found: { id: string; total: string }, requestId: string): Promise<void> {
    // The third party hears of it, but its failure must not keep the event from the user.
    await afm.reconcile({ budget: found.id, total: found.total }).catch((error: unknown) => {
      log.error("AFM did not take the reconciliation", { requestId, budget: found.id, error });
    });
    await database.query("update budgets set reconciled_at = now() where id = $1", [found.id]);
    await hub.publish(user, { type: "budget.reconciled", id: found.id });
  }

  return router;
}
