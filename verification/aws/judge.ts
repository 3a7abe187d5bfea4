import type { Call } from "./calls/call.ts";
import { callsOf } from "./calls/table.ts";
import type { Operation } from "./recorder/journal.ts";
import type { Breach } from "./rules/rule.ts";
import { stagingLabels } from "./rules/staging-labels.ts";
import { textBreaches } from "./rules/text.ts";

/** A call with what our rules have against it. */
export interface Judged<Of extends Operation = Operation> {
  call: Call;
  /** what the engine asked for */
  operation: Of;
  /** the id of the resource that it is made for, as the recorded account gave it; empty for a function */
  id: string;
  breaches: Breach[];
}

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

/**
 * The calls of a journal in their order, held against our rules: those that depend on what was called before too (pure).
 * @throws Error for a type whose calls nobody has written down
 */
export function judged<Of extends Operation>(operations: readonly Of[]): Judged<Of>[] {
  const labels = stagingLabels();
  return operations.flatMap((operation) => {
    const calls = callsOf(operation, labels).map((call) => ({
      call,
      operation,
      id: operation.id,
      breaches: [...textBreaches(call), ...labels.take(call)],
    }));
    if (operation.type !== VERSION) return calls;
    if (operation.kind === "delete") labels.forget(operation.id);
    else if (operation.kind !== "same") labels.hasRead(operation.id);
    return calls;
  });
}
