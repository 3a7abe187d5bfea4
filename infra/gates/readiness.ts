import type { Json } from "../domain/json.ts";
import { refuse } from "./finding.ts";
import { judgeReadiness } from "./readiness-answer.ts";
import { walkingGate } from "./visit.ts";

/** The release is ready, and so is every dependency that it names. */
export const readiness = walkingGate("readiness", async (visit) => {
  const { release, readyPath } = visit.context.target;
  const reply = await visit.client(release).call("GET", readyPath);
  const { finding, checks } = judgeReadiness(reply);
  const failing: Json = Object.keys(checks).filter((name) => checks[name] === "failing");
  visit.note({ checks, failing });
  refuse(finding);
  return `ready: ${Object.keys(checks).join(", ") || "no dependency checks"}`;
});
