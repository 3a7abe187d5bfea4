import { EXIT, type Exit } from "../../errors.ts";
import type { Effect, Run, RunResult } from "../effect.ts";
import type { Journal } from "../journal.ts";

const EXIT_OF = { done: EXIT.done, restored: EXIT.restored } as const;
const SUMMARY_OF = {
  done: "done: the release has all traffic",
  restored: "the stack was brought back to where it was",
} as const;

/** Ends a change that may not begin any more. */
export const dismiss: Effect<"dismiss"> = (run, { why }) =>
  close(run, EXIT.refused, `refused: ${why}; nothing was changed`);

/** Ends a change that is done, or taken back. */
export const closeAs: Effect<"close"> = (run, { outcome }) => close(run, EXIT_OF[outcome], SUMMARY_OF[outcome]);

/** Says how a change has ended already. */
export const hasEnded: Effect<"nothing"> = async ({ journal }) => ({ exit: exitOf(journal), resumeAt: null });

/** How a closed change ended. */
export function exitOf(journal: Journal): Exit {
  const exit = journal.progress().closed?.exit;
  return Object.values(EXIT).find((code) => code === exit) ?? EXIT.stuck;
}

const OUTCOME_OF: Partial<Record<Exit, string>> = { [EXIT.done]: "done", [EXIT.restored]: "restored" };

/** Closes the record and writes its pages. */
export async function close(
  { session, journal }: Pick<Run, "session" | "journal">,
  exit: Exit,
  summary: string,
): Promise<RunResult> {
  await journal.write("closed", null, { exit, outcome: OUTCOME_OF[exit] ?? "refused", summary });
  await session.writePages(journal.change, journal.events());
  return { exit, resumeAt: null };
}
