import { Router } from "express";
import { z } from "zod";
import type { Behaviour } from "./behaviour.ts";
import type { Database } from "./database.ts";
import { idOf, notFound, parseBody } from "./requests.ts";
import { userOf } from "./sessions.ts";

/** The SQL in which versions with summaries (migration 0005_document_summaries) differ from those without. */
const SUMMARIES = {
  plain: { column: "", inserted: "", updated: "" },
  summarised: {
    column: ", summary",
    inserted: ", left($3, 80)",
    updated: ", summary = left(coalesce($4, body), 80)",
  },
} satisfies Record<Behaviour["documents"], Record<string, string>>;

const fields = { title: z.string().min(1).max(200), body: z.string().max(20_000) };
const creation = z.object(fields);
const edit = z.object(fields).partial();

interface DocumentRow {
  id: string;
  title: string;
  body: string;
  summary?: string | null;
}

/** A user's documents: list (the newest 20), create, read, edit, delete. Summarised versions keep a summary beside the body. */
export function documentRoutes(database: Database, documents: Behaviour["documents"]): Router {
  const { column, inserted, updated } = SUMMARIES[documents];
  const router = Router();

  router.get("/", async (req, res) => {
    const { rows } = await database.query<{ id: string; title: string }>(
      "select id, title from documents where owner = $1 order by created_at desc limit 20",
      [userOf(req)],
    );
    res.json({ documents: rows });
  });

  router.post("/", async (req, res) => {
    const user = userOf(req);
    const { title, body } = parseBody(creation, req.body);
    const { rows } = await database.query<{ id: string }>(
      `insert into documents (owner, title, body${column}) values ($1, $2, $3${inserted}) returning id`,
      [user, title, body],
    );
    res.status(201).json(rows[0]);
  });

  router.get("/:id", async (req, res) => {
    const user = userOf(req);
    const { rows } = await database.query<DocumentRow>(
      `select id, title, body${column} from documents where id = $1 and owner = $2`,
      [idOf(req, "id"), user],
    );
    if (rows[0] === undefined) throw notFound();
    res.json(rows[0]);
  });

  router.patch("/:id", async (req, res) => {
    const user = userOf(req);
    const { title, body } = parseBody(edit, req.body);
    const { rows } = await database.query<DocumentRow>(
      `update documents set title = coalesce($3, title), body = coalesce($4, body)${updated}
       where id = $1 and owner = $2 returning id, title, body${column}`,
      [idOf(req, "id"), user, title, body],
    );
    if (rows[0] === undefined) throw notFound();
    res.json(rows[0]);
  });

  router.delete("/:id", async (req, res) => {
    const user = userOf(req);
    const { rowCount } = await database.query("delete from documents where id = $1 and owner = $2", [
      idOf(req, "id"),
      user,
    ]);
    if (rowCount === 0) throw notFound();
    res.status(204).end();
  });

  return router;
}
