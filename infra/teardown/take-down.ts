import type { Removal } from "../stack/removal.ts";
import type { TeardownPlan } from "./plan.ts";

/** Takes a stack down as its plan says. Killed in the middle, the next call's plan is what is left. */
export async function takeDown(removal: Removal, plan: TeardownPlan, say: (line: string) => void): Promise<void> {
  say(`taking the protection off ${plan.protected.length} resources`);
  await removal.unprotect(plan.protected);
  say("destroying: ElastiCache takes 10 to 20 minutes on a real account");
  await removal.destroy(plan.kept);
  if (plan.kept.length === 0) return;
  say("removing what is kept from the state: it stays in the account");
  await removal.forget();
}
