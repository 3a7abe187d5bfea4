import { walkingGate } from "./visit.ts";

/** The release's health path answers 200: the process is well, whatever its dependencies. */
export const health = walkingGate("health", async (visit) => {
  const { release, healthPath } = visit.context.target;
  const reply = await visit.client(release).expect(200, "GET", healthPath);
  return `${healthPath} answered 200 in ${Math.round(reply.milliseconds)} ms`;
});
