import { judged } from "./judge.ts";
import type { Models } from "./moto.ts";
import { MUTATIONS } from "./mutations.ts";
import type { Operation } from "./recorder/journal.ts";

/** Proves on changed records that what AWS would refuse is seen: each change, and whether it was. */
export async function seenIn(
  models: Models,
  operations: readonly Operation[],
): Promise<{ name: string; isSeen: boolean }[]> {
  const seen: { name: string; isSeen: boolean }[] = [];
  for (const { name, found, mutated } of MUTATIONS) {
    const lines: string[] = [];
    for (const { call, breaches } of judged(mutated(operations))) {
      lines.push(...breaches.map(({ rule, why }) => `rule ${rule}: ${why}`));
      // The models say the same of a resource's later calls: what makes it is enough.
      if (!call.operation.startsWith("Create")) continue;
      const { service, operation, params } = call;
      const { violations } = await models.ask({ service, operation, params }, "judged");
      lines.push(...violations.map((told) => `model: ${told}`));
    }
    seen.push({ name, isSeen: lines.some((line) => found.test(line)) });
  }
  return seen;
}
