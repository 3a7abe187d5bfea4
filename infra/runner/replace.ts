import type { Admission } from "../admission/admission.ts";
import { isOneWay } from "../change/decide.ts";
import {
  admissionAt,
  mustHaveState,
  type OpeningSession,
  type Prepared,
  prepareOn,
  type Request,
} from "./opening/open.ts";
import { reopenChange, toGoBack } from "./opening/reopen.ts";
import { isOvertaken } from "./recovery.ts";
import { findOpenChange, tooLate } from "./resume.ts";

/** A change that takes an open one's place: checked against where the stack will be once that one is aborted. */
export interface Replacement {
  /** the open change's id */
  replaces: string;
  prepared: Prepared;
  admission: Admission | null;
}

/**
 * Checks, before the stack's open change is aborted, that another may begin in its place; null where none is open.
 * @throws Refusal (exit 2) with every problem of the request, where its window is closed, or where the open change can't be aborted any more
 */
export async function prepareReplacement(session: OpeningSession, request: Request): Promise<Replacement | null> {
  const open = await findOpenChange(session);
  if (open === null) return null;
  const { journal, plan } = toGoBack(await reopenChange(session, open.change));
  const progress = journal.progress();
  if (plan !== null && progress.failure === null && isOneWay(plan, progress)) throw tooLate(session, journal, plan);
  // Where it has done nothing and the stack was changed since, aborting it leaves what stands now.
  const isBack = plan !== null && (open.state === null || !isOvertaken({ journal, plan }, open.state));
  const base = isBack ? plan.base : { ...(await mustHaveState(session)), change: null };
  const prepared = prepareOn(session, base, request);
  return {
    replaces: open.change,
    prepared,
    admission: admissionAt(session, request.runbook, request.startedBy),
  };
}
