import { expectSession } from "./session.ts";
import { logIn, walkingGate } from "./visit.ts";

/** Journey: no session before the login, the user's session after it, twice, and a logout. */
export const login = walkingGate("login", async (visit) => {
  const { release, user } = visit.context.target;
  const client = visit.client(release);
  await client.expect(401, "GET", "/api/session");
  const ended = await logIn(visit, client);
  await expectSession(client, user);
  await expectSession(client, user);
  await client.expect(204, "POST", "/api/logout");
  ended();
  return "logged in, kept the session, logged out";
});
