import type { Plan, Step } from "../../change/plan.ts";
import type { Progress } from "../../change/progress.ts";
import { stateHash } from "../../domain/releases.ts";
import type { Outcome, Stack } from "../../stack/stack.ts";
import type { Ahead } from "../effect.ts";
import { type Grounds, groundsOf, isJudgement, stillHolds } from "../judgement.ts";
import { expectedMove } from "./capacity.ts";
import { issuedIn } from "./issued-in.ts";
import { knownState } from "./known-state.ts";

interface Kept {
  step: string;
  from: string;
  grounds: Promise<Grounds | null>;
  outcome: Promise<Outcome | null>;
  over: AbortController;
}

/** The next step that changes the stack, where it is judged before it and something was changed already (pure). */
function nextJudged(plan: Plan, { stepIndex, startedAt, failure, stackTouched }: Progress): Step | null {
  if (failure !== null || !stackTouched) return null;
  const coming = plan.steps.slice(startedAt === null ? stepIndex : stepIndex + 1);
  const next = coming.find(({ touches }) => touches !== "nothing");
  return next?.judged === "before" ? next : null;
}

/** Judges ahead on a stack; where the stack can't say what its previews depend on, nothing is judged ahead. */
export function judgeAhead({ preview, basis }: Pick<Stack, "preview" | "basis">): Ahead {
  let kept: Kept | null = null;
  const drop = (): void => {
    kept?.over.abort();
    kept = null;
  };
  return {
    drop,
    begin(run) {
      const { journal, plan } = run;
      const step = nextJudged(plan, journal.progress());
      if (step === null || basis === undefined) return;
      const known = knownState(run);
      const from = stateHash(known);
      if (kept?.step === step.name && kept.from === from) return;
      drop();
      const over = new AbortController();
      const desired = { from, to: expectedMove(run, step, known) };
      const issued = issuedIn(journal.progress());
      // What the files are is read before the engine reads them: a change in between is found out in the end.
      const grounds = basis().then((found) => found && groundsOf(desired, issued, found));
      const outcome = grounds.then((found) => (found === null ? null : preview(desired, issued, over.signal)));
      // What went wrong here is of no weight: the move is judged again.
      kept = { step: step.name, from, over, grounds, outcome: outcome.catch(() => null) };
    },
    async take(desired, issued) {
      if (kept === null || basis === undefined) return null;
      const { grounds, outcome, over } = kept;
      kept = null;
      const before = await grounds.catch(() => null);
      const asksFor = before !== null && stillHolds(before, groundsOf(desired, issued, before));
      if (!asksFor) {
        over.abort();
        return null;
      }
      const told = await outcome;
      const now = told !== null && isJudgement(told) ? await basis() : null;
      return now !== null && stillHolds(before, groundsOf(desired, issued, now)) ? told : null;
    },
  };
}
