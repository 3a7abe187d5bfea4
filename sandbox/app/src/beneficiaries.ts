import { Router } from "express";
import { z } from "zod";
import { type Database, isStillReferenced } from "./database.ts";
import { httpFailure } from "./failures.ts";
import { idOf, notFound, parseBody } from "./requests.ts";
import { userOf } from "./sessions.ts";

const beneficiary = z.object({ name: z.string().min(1).max(200) });
const allocation = z.object({ amount: z.number().positive().max(1e9) });

/** Beneficiaries and what is allocated to them; the database refuses to delete one that still has allocations. */
export function beneficiaryRoutes(database: Database): Router {
  const router = Router();

  router.get("/", async (req, res) => {
    const { rows } = await database.query<{ id: string; name: string }>(
      "select id, name from beneficiaries where owner = $1 limit 20",
      [userOf(req)],
    );
    res.json({ beneficiaries: rows });
  });

  router.post("/", async (req, res) => {
    const user = userOf(req);
    const { name } = parseBody(beneficiary, req.body);
    const { rows } = await database.query<{ id: string }>(
      "insert into beneficiaries (owner, name) values ($1, $2) returning id",
      [user, name],
    );
    res.status(201).json(rows[0]);
  });

  router.get("/:id/allocations", async (req, res) => {
    const { rows } = await database.query<{ id: string; amount: string }>(
      `select allocations.id, amount from allocations join beneficiaries on beneficiaries.id = beneficiary_id
       where beneficiaries.id = $1 and owner = $2 limit 20`,
      [idOf(req, "id"), userOf(req)],
    );
    res.json({ allocations: rows });
  });

  router.post("/:id/allocations", async (req, res) => {
    const user = userOf(req);
    const { amount } = parseBody(allocation, req.body);
    const { rows } = await database.query<{ id: string }>(
      `insert into allocations (beneficiary_id, amount)
       select id, $3 from beneficiaries where id = $1 and owner = $2 returning id`,
      [idOf(req, "id"), user, amount],
    );
    if (rows[0] === undefined) throw notFound();
    res.status(201).json(rows[0]);
  });

  router.delete("/:id/allocations/:allocation", async (req, res) => {
    const user = userOf(req);
    const { rowCount } = await database.query(
      `delete from allocations using beneficiaries
       where allocations.id = $1 and allocations.beneficiary_id = $2
         and beneficiaries.id = $2 and beneficiaries.owner = $3`,
      [idOf(req, "allocation"), idOf(req, "id"), user],
    );
    if (rowCount === 0) throw notFound();
    res.status(204).end();
  });

  router.delete("/:id", async (req, res) => {
    const user = userOf(req);
    const { rowCount } = await database
      .query("delete from beneficiaries where id = $1 and owner = $2", [idOf(req, "id"), user])
      .catch((error: unknown) => {
        throw isStillReferenced(error) ? httpFailure(409, "it still has allocations", error) : error;
      });
    if (rowCount === 0) throw notFound();
    res.status(204).end();
  });

  return router;
}
