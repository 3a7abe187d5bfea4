import { z } from "zod";
import { type Finding, refuse, wrong } from "./finding.ts";
import type { Client, Reply } from "./http.ts";

const sessionSchema = z.object({ user: z.string() });

/** Pure: whether a session's answer is of the user who logged in. */
function judgeSession({ status, body }: Pick<Reply, "status" | "body">, user: string): Finding | null {
  const session = sessionSchema.safeParse(body);
  if (!session.success) return wrong(`GET /api/session answered ${status} without a user`);
  return session.data.user === user ? null : wrong("GET /api/session answered with another user");
}

/** Reads the session on the client's release; rejects with a finding where it isn't the user's. */
export async function expectSession(client: Client, user: string): Promise<void> {
  refuse(judgeSession(await client.expect(200, "GET", "/api/session"), user));
}
