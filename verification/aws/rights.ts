import { actionsOf } from "../iam/actions.ts";
import { rightsOf } from "../iam/granted.ts";
import { TO_CHANGE } from "../iam/runner.ts";
import type { Judged } from "./judge.ts";
import type { Recorded } from "./recorder/journal.ts";

/** A call with the operation that it was made for. */
type CallOf = Judged<Recorded>;

/** What the calls of a run and a policy of `docs/iam` say of each other. */
export interface Compared {
  /** the policy's name in `docs/iam` */
  policy: string;
  /** rights that a call needs and the policy lacks */
  lacking: string[];
  /** rights of the policy that no call needs, less those that the runner needs for itself */
  unused: string[];
}

function compared(policy: string, allowed: ReadonlySet<string>, calls: readonly CallOf[]): Compared {
  const called = new Set(calls.flatMap(({ call }) => actionsOf(call)));
  const own = new Set(TO_CHANGE.map(({ action }) => action));
  return {
    policy,
    lacking: [...called].filter((action) => !allowed.has(action)).sort(),
    unused: [...allowed].filter((action) => !called.has(action) && !own.has(action)).sort(),
  };
}

/** Everything that was called against the rights of `pulumi up`, and what rotations called against those of `runbook rotate`. */
export async function rightsAgainst(calls: readonly CallOf[]): Promise<{ up: Compared; rotate: Compared }> {
  const [up, rotate] = await Promise.all([
    rightsOf("pulumi-up.json", "pulumi-up-stores.json"),
    rightsOf("runner-rotate.json"),
  ]);
  // A function's call belongs to every phase: previews and updates make it first of all.
  const rotated = calls.filter(({ operation }) => operation.phase === "rotations" || operation.phase === null);
  return { up: compared("pulumi-up", up, calls), rotate: compared("runner-rotate", rotate, rotated) };
}
