import { approvalProblem, approverProblem, valid } from "../admission/admission.ts";
import { isSamePerson } from "../admission/identity.ts";
import { badInput } from "../errors.ts";
import { openedIn } from "../records/opened.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { Session } from "./session.ts";

/** Who approves which change, and why. */
export interface ApprovalRequest {
  change: string;
  by: string;
  reason: string | null;
}

/** How many have approved, of how many; and whether this approval is a new one. */
export interface Approved {
  given: number;
  quorum: number;
  isNew: boolean;
}

/** A person's word that a release which no user has judged is good, by the rules that the change began with: its approvers', else anybody's but the author's. */
async function approveAlone(journal: Journal, { change, by, reason }: ApprovalRequest): Promise<Approved> {
  const author = openedIn(journal.events()[0]?.data).startedBy ?? "";
  const { admission } = journal.progress();
  const problem = approverProblem(admission ?? { author, approvers: null, aliases: {} }, by);
  if (problem !== null) throw badInput(`${change}: ${problem}`);
  await journal.write("approved", null, { by, reason });
  return { given: 1, quorum: 1, isNew: true };
}

/**
 * Writes an approval into the change's record. The same person's second one changes nothing.
 * @throws Refusal (exit 2) where the change doesn't wait for approval, or this person's doesn't count
 */
export async function approve(
  session: Pick<Session, "store" | "stack" | "clock" | "reporter">,
  { change, by, reason }: ApprovalRequest,
): Promise<Approved> {
  const { store, stack, clock, reporter } = session;
  const journal = await openJournal(store, change, clock, reporter);
  const progress = journal.progress();
  const [opened] = journal.events();
  const where = openedIn(opened?.data).stack ?? "no stack";
  if (where !== stack.name) throw badInput(`--stack: ${change} is on ${where}, not on ${stack.name}: name that stack`);
  const { admission } = progress;
  if (progress.closed !== null)
    throw badInput(`${change} has ended (${progress.closed.outcome}): there is nothing to approve`);
  if (progress.round?.waitsFor === "person") return approveAlone(journal, { change, by, reason });
  if (admission === null || admission.quorum === 0)
    throw badInput(`${change} needs no approval: run \`runbook resume --stack ${stack.name}\``);
  const earlier = valid(admission, progress.approvals);
  const { quorum, aliases } = admission;
  if (earlier.some((one) => isSamePerson(one.by, by, aliases))) return { given: earlier.length, quorum, isNew: false };
  const problem = approvalProblem(admission, earlier, { by, at: clock.now() });
  if (problem !== null) throw badInput(`${change}: ${problem}`);
  if (progress.stepIndex > 0 || progress.startedAt !== null)
    throw badInput(`${change} has started: it needs no more approvals`);
  await journal.write("approved", null, { by, reason });
  return { given: earlier.length + 1, quorum, isNew: true };
}
