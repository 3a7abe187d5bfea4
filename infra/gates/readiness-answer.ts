import { z } from "zod";
import { type Finding, unreachable, wrong } from "./finding.ts";
import type { Reply } from "./http.ts";
import { checksIn } from "./readiness-checks.ts";

const statusSchema = z.looseObject({ status: z.string() });

/** What a readiness answer says. */
export interface Readiness {
  finding: Finding | null;
  checks: Record<string, "ok" | "failing">;
}

/**
 * Pure: reads a readiness answer. Ready is a 200 whose status is `ready` and whose every check is well; a 5xx may be a
 * passing state, and a 200 that contradicts itself is a wrong answer.
 */
export function judgeReadiness({ status, body }: Pick<Reply, "status" | "body">): Readiness {
  const parsed = statusSchema.safeParse(body);
  const seen = checksIn(body);
  const checks: Readiness["checks"] = {};
  for (const [name, { state }] of Object.entries(seen ?? {})) checks[name] = state === "well" ? "ok" : "failing";
  const failing = Object.keys(checks).filter((name) => checks[name] === "failing");
  const named = failing.length === 0 ? "" : `, failing: ${failing.join(", ")}`;
  if (status >= 500) return { finding: unreachable(`not ready (${status})${named}`), checks };
  if (status !== 200) return { finding: wrong(`readiness answered ${status} instead of 200${named}`), checks };
  if (!parsed.success || seen === null)
    return { finding: wrong("readiness answered 200 without a status and its checks"), checks };
  if (parsed.data.status !== "ready" || failing.length > 0) {
    const finding = wrong(`readiness answered 200 with status ${JSON.stringify(parsed.data.status)}${named}`);
    return { finding, checks };
  }
  return { finding: null, checks };
}
