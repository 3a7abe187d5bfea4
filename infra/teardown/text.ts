import { resourceOf } from "../domain/urn.ts";
import type { TeardownPlan } from "./plan.ts";

/** The plan as people read it before they confirm it (pure). */
export function teardownText(stack: string, plan: TeardownPlan): string {
  const unprotected = plan.protected.map(resourceOf).map(({ type, name }) => `  ${name} (${type})`);
  return [
    `Taking ${stack} down:`,
    "1. These lose their protection:",
    ...(unprotected.length === 0 ? ["  none"] : unprotected),
    "2. This is deleted for good:",
    ...(plan.goes.length === 0 ? ["  nothing"] : plan.goes.map(({ kind, many }) => `  ${many} ${kind}`)),
    `   It ends about ${plan.saves} dollars a month (eu-west-1, on demand).`,
    "3. This stays:",
    ...(plan.stays.length === 0
      ? ["  nothing"]
      : plan.stays.map(
          ({ what, until, costs, remedy }) =>
            `  ${what}, ${until === null ? "until somebody deletes it" : `until ${until}`}, for ${costs}; earlier: ${remedy}`,
        )),
    `4. The stack ${stack} is empty then; \`pulumi stack rm ${stack}\` forgets its history.`,
  ].join("\n");
}
