import { stableRelease } from "../domain/releases.ts";
import { EXIT } from "../errors.ts";
import { errorOutput, output } from "../records/redaction/captured-output.ts";
import type { IncidentVerdict } from "../runbooks/incident/verdict.ts";
import { heldBy, mustHaveState, openChange } from "../runner/opening/open.ts";
import { lookOnce } from "../runner/respond/look.ts";
import { runChange } from "../runner/run-change.ts";
import type { Session } from "../runner/session.ts";
import { endDryRun } from "./dry-run.ts";
import { openAndRun } from "./hand-over.ts";
import type { Common } from "./options.ts";
import { leaveSignal } from "./run-request.ts";

/** A diagnosis as people read it. */
function diagnosisText(stack: string, { summary, evidence, also }: IncidentVerdict): string {
  const others = also.flatMap(({ kind, suspect, cause, evidence: more }) => [
    `also ${kind}: ${suspect}, ${cause}`,
    ...more.map((line) => `  ${line}`),
  ]);
  return [`${stack}: ${summary}`, ...evidence.map((line) => `  ${line}`), ...others].join("\n");
}

/** Looks once, tells what is wrong, and leaves everything as it is. */
async function tellDiagnosis(session: Session, common: Common): Promise<void> {
  const { facts, look } = await lookOnce(session, await mustHaveState(session));
  const { name } = session.stack;
  if (common.json) {
    output.write(`${JSON.stringify({ type: "diagnosis", stack: name, ...look, facts })}\n`);
    return;
  }
  endDryRun(common, [diagnosisText(name, look.verdict)]);
}

/**
 * Answers an incident. One that another change stands in the way of is diagnosed all the same.
 * @throws Refusal (exit 4) where another change holds the stack
 */
export async function answerIncident(
  session: Session,
  { reason, startedBy }: { reason: string | null; startedBy: string },
  common: Common,
): Promise<void> {
  if (common.dryRun) return tellDiagnosis(session, common);
  const signal = leaveSignal();
  const base = await mustHaveState(session);
  if (base.change !== null) {
    const { look } = await lookOnce(session, base);
    errorOutput.write(`${diagnosisText(session.stack.name, look.verdict)}\n`);
    throw heldBy(session.stack.name, base.change);
  }
  const release = stableRelease(base);
  const whenWaiting = common.wait ? "stay" : "leave";
  await openAndRun(
    session,
    { stays: common.wait === true, signal },
    () => openChange(session, { runbook: "incident", reason, startedBy, base, release }),
    async (opened) => {
      const result = await runChange({ session, ...opened, whenWaiting, signal });
      return signal.aborted && result.exit !== EXIT.done ? { ...result, exit: EXIT.waiting } : result;
    },
  );
}
