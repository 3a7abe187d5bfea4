import { z } from "zod";
import type { Call, Client } from "./client.ts";
import type { LoadOptions } from "./options.ts";
import type { Statistics } from "./statistics.ts";
import { logIn, noteReply, type UserSession } from "./user-session.ts";

/** What users do, in these proportions; documents are deleted as often as they are made. */
const MIX = [
  "visit",
  "session",
  "read",
  "visit",
  "list",
  "session",
  "create",
  "read",
  "visit",
  "session",
  "read",
  "delete",
] as const;

const created = z.object({ id: z.string() });
const KEPT_DOCUMENTS = 5;

/**
 * Which of the mix the nth arrival is: in an order of its own in every round (Knuth's multiplicative hash), since a gateway that hands every
 * twentieth request to a canary would else give it the same few calls for ever.
 */
export function placeOf(n: number): number {
  const hash = Math.imul(n + 1, 0x9e3779b1) >>> 0;
  return Math.floor((Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0) / (2 ** 32 / MIX.length));
}

/** Makes the nth arrival's call, spread over the sessions, and counts what comes of it. */
export async function arrive(
  n: number,
  context: { sessions: UserSession[]; client: Client; options: LoadOptions; statistics: Statistics },
): Promise<void> {
  const { sessions, client, options, statistics } = context;
  const session = sessions[Math.floor(n / MIX.length) % sessions.length];
  const action = MIX[placeOf(n)];
  if (session === undefined || action === undefined) return;
  if (session.cookie === null) {
    await logIn(session, client, options);
    return;
  }
  const call = callFor(action, session);
  const reply = await client.call(action === "visit" ? call : { ...call, cookie: session.cookie });
  if (reply === null || action === "visit") return;
  noteReply(session, reply, { name: call.name, statistics });
  if (action === "create" && reply.status === 201) session.documents.push(created.parse(JSON.parse(reply.text)).id);
}

function callFor(action: (typeof MIX)[number], session: UserSession): Call {
  const newest = session.documents.at(-1);
  const oldest = session.documents.length > KEPT_DOCUMENTS ? session.documents.shift() : undefined;
  const document = "/api/documents/:id";
  if (action === "visit") return { method: "GET", path: "/", name: "/" };
  if (action === "create") {
    const body = { title: "load", body: "written by the load generator" };
    return { method: "POST", path: "/api/documents", name: "/api/documents", body };
  }
  if (action === "list") return { method: "GET", path: "/api/documents", name: "/api/documents" };
  if (action === "read" && newest !== undefined) {
    return { method: "GET", path: `/api/documents/${newest}`, name: document };
  }
  if (action === "delete" && oldest !== undefined) {
    return { method: "DELETE", path: `/api/documents/${oldest}`, name: document };
  }
  return { method: "GET", path: "/api/session", name: "/api/session" };
}
