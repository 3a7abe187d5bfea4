import type { CookieJar } from "./http.ts";
import { expectSession } from "./session.ts";
import { logIn, together, type Visit, walkingGate } from "./visit.ts";

async function goOn(visit: Visit, from: string, to: string): Promise<void> {
  const jar: CookieJar = new Map();
  const ended = await logIn(visit, visit.client(from, jar));
  const onward = visit.client(to, jar);
  await expectSession(onward, visit.context.target.user);
  await onward.expect(204, "POST", "/api/logout");
  ended();
}

/**
 * A session begun on one release goes on and ends on the other, both ways, so that moving weight forth or back logs
 * nobody out. Without a stable release it goes on where it began.
 */
export const sessionContinuity = walkingGate("session-continuity", async (visit) => {
  const { release, stable } = visit.context.target;
  const ways =
    stable === null
      ? [[release, release]]
      : [
          [release, stable],
          [stable, release],
        ];
  await together(ways.map(([from = release, to = release]) => goOn(visit, from, to)));
  return ways.map((way) => `sessions continue from ${way.join(" to ")}`).join(", ");
});
