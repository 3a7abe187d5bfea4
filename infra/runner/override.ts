import { badInput } from "../errors.ts";
import type { Journal } from "./journal.ts";
import type { RecoverySession } from "./session.ts";

/**
 * Lets a change that waits for a window or for approvals begin without them; the record keeps why.
 * @throws Refusal (exit 2) where the change waits for neither
 */
export async function overrideRules(
  { override, stack }: Pick<RecoverySession, "override" | "stack">,
  journal: Journal,
): Promise<void> {
  const { admission, startedAt, stepIndex, closed } = journal.progress();
  if (override === null || admission?.override === override) return;
  if (admission === null || startedAt !== null || stepIndex > 0 || closed !== null) {
    throw badInput(
      `--override: ${journal.change} waits for no window and no approval: run \`runbook resume --stack ${stack.name}\``,
    );
  }
  // What the change needs, written anew: the last one holds.
  await journal.write("admission", null, { ...admission, quorum: 0, calendar: null, override });
}
