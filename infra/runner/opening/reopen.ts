import type { Plan } from "../../change/plan.ts";
import { needsPerson, type Refusal } from "../../errors.ts";
import { planOf } from "../../runbooks/index.ts";
import { type KeptPlan, keptPlanIn, planDifference } from "../../runbooks/kept-plan.ts";
import { plannedIn } from "../../runbooks/planned.ts";
import { type Journal, openJournal } from "../journal.ts";
import type { Session } from "../session.ts";

/** A change that a record tells of. */
export interface Reopened {
  journal: Journal;
  /** null where it was cut off before it had a plan, or where that can't be read here */
  plan: Plan | null;
  /** why this program may not run it: the plan that it makes isn't the one that the change began with; null where it may */
  differs: Refusal | null;
}

type Opening = Pick<Session, "store" | "clock" | "reporter"> & { stack: Pick<Session["stack"], "name"> };

function refusal(change: string, { commit }: KeptPlan, why: string, otherwise: string): Refusal {
  const program = commit === null ? "the version of this program that began it" : `this program at commit ${commit}`;
  return needsPerson(
    `${change} was started with another plan than this program makes: ${why}; nothing was done, because a step could be skipped`,
    `resume it with ${program}${otherwise}`,
  );
}

/** Opens the journal of a change and makes its plan again, held against the one that it began with. */
export async function reopenChange(session: Opening, change: string): Promise<Reopened> {
  const { store, clock, reporter, stack } = session;
  const journal = await openJournal(store, change, clock, reporter);
  const events = journal.events();
  const input = plannedIn(events);
  if (input === null) return { journal, plan: null, differs: null };
  const kept = keptPlanIn(events[0]?.data);
  if (!input.success) {
    const fields = input.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim()).join(", ");
    const why = `what it was planned from can't be read here (${fields})`;
    return { journal, plan: null, differs: refusal(change, kept, why, "") };
  }
  const plan = planOf(change, input.data);
  const finished = events.flatMap(({ type, step }) => (type === "step-finished" && step !== null ? [step] : []));
  const why = planDifference(kept, plan, finished);
  const abort = `, or abort it with \`runbook abort --stack ${stack.name}\``;
  return { journal, plan, differs: why === null ? null : refusal(change, kept, why, abort) };
}

/** Whether no step has begun that can't be taken back, or that this program doesn't know (pure). */
function canGoBack({ steps }: Plan, { events }: Pick<Journal, "events">): boolean {
  const back = new Set(steps.flatMap(({ name, onFailure }) => (onFailure === "restore" ? [name] : [])));
  return events().every(({ type, step }) => type !== "step-started" || (step !== null && back.has(step)));
}

/**
 * A change to go back with. Where its plan is another one here, it goes back without the steps that would be counted wrongly:
 * the way back needs where the change began alone.
 * @throws Refusal (exit 70) where a step has begun that can't be taken back, or that this program doesn't know
 */
export function toGoBack(reopened: Reopened): Reopened {
  const { journal, plan, differs } = reopened;
  if (differs === null || journal.progress().closed !== null) return reopened;
  if (plan === null || !canGoBack(plan, journal)) throw differs;
  return { ...reopened, plan: { ...plan, steps: [] } };
}

/**
 * A change to go on with.
 * @throws Refusal (exit 70) where its plan is another one here, unless it is on its way back
 */
export function mustBeOwn(reopened: Reopened): Reopened {
  const { journal, differs } = reopened;
  if (differs === null || journal.progress().failure !== null) return toGoBack(reopened);
  if (journal.progress().closed === null) throw differs;
  return reopened;
}
