import type { Plan } from "../change/plan.ts";
import { deploy } from "./deploy/plan.ts";
import { incident } from "./incident/plan.ts";
import type { RunbookInput } from "./input.ts";
import { promote } from "./promote/plan.ts";
import { rollback } from "./rollback/plan.ts";
import { rotate } from "./rotate/plan.ts";

export { inputSchema, type RunbookInput } from "./input.ts";

/** Makes the plan of a change (pure): the same input gives the same steps. */
export function planOf(change: string, input: RunbookInput): Plan {
  const actor = { change, runbook: input.runbook, onCall: input.onCall };
  switch (input.runbook) {
    case "deploy":
      return deploy({ ...input, actor });
    case "promote":
      return promote({ ...input, actor });
    case "rollback":
      return rollback({ ...input, actor });
    case "incident":
      return incident(input);
    case "rotate":
      return rotate({ ...input, actor });
  }
}
