import { takeOver } from "./earlier-leftovers.ts";
import { judgeStatus, refuse } from "./finding.ts";
import type { Client } from "./http.ts";
import { create, idOf, logIn, removeLater, together, type Visit, walkingGate } from "./visit.ts";

const DOCUMENTS = "/api/documents";
const TITLE = "Release check";
const EDITED = "Release check, edited";
const TITLES: readonly unknown[] = [TITLE, EDITED];

async function createAsStranger(visit: Visit, owner: Client, stranger: Client): Promise<void> {
  const reply = await stranger.call("POST", DOCUMENTS, { title: "not mine", body: "" });
  if (reply.status === 201) removeLater(visit, owner, `${DOCUMENTS}/${idOf(`POST ${DOCUMENTS}`, reply)}`);
  refuse(judgeStatus(`POST ${DOCUMENTS} without a session`, reply.status, 401));
}

async function refuseStranger(visit: Visit, owner: Client, own: string): Promise<void> {
  const stranger = visit.client(owner.release);
  await together([
    stranger.expect(401, "GET", own),
    stranger.expect(401, "PATCH", own, { title: "not mine" }),
    stranger.expect(401, "DELETE", own),
    createAsStranger(visit, owner, stranger),
  ]);
}

/** Journey: a document is created, read, edited and deleted by its user, and by nobody without a session. */
export const documents = walkingGate("documents", async (visit) => {
  const client = visit.client(visit.context.target.release);
  await logIn(visit, client);
  await takeOver(visit, client, DOCUMENTS, ({ title }) => TITLES.includes(title));
  const document = await create(visit, client, DOCUMENTS, { title: TITLE, body: "made by a release gate" });
  await client.expect(200, "GET", document.path);
  await refuseStranger(visit, client, document.path);
  await client.expect(200, "PATCH", document.path, { title: EDITED });
  await client.expect(204, "DELETE", document.path);
  await client.expect(404, "GET", document.path);
  document.removed();
  return "created, read, edited and deleted a document";
});
