import { isDeepStrictEqual } from "node:util";
import { hashOf } from "../domain/canonical-hash.ts";
import type { Desired } from "../domain/releases.ts";
import type { Basis } from "../stack/basis.ts";
import type { Outcome } from "../stack/stack.ts";

/** What a judgement was made of: the stack's state that it starts from, the desired state, what is brought in, settings and program. */
export interface Grounds extends Basis {
  /** the hash of the release state that the stack was in */
  from: string;
  /** the hash of the desired state */
  to: string;
  /** the hash of the encrypted values that the update brings in */
  issued: string;
}

export function groundsOf({ from, to }: Desired, issued: string | null, basis: Basis): Grounds {
  return { from, to: hashOf(to), issued: hashOf(issued), settings: basis.settings, program: basis.program };
}

/** Whether an answer that was given before would be given again: all that it depends on is as it was (pure). */
export function stillHolds(before: Grounds, now: Grounds): boolean {
  return isDeepStrictEqual({ ...before }, { ...now });
}

/** Whether an answer is about the move at all: what failed for another reason may go well the next time (pure). */
export function isJudgement({ kind }: Outcome): boolean {
  return kind === "done" || kind === "policy";
}
