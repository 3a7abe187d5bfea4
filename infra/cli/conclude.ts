import { untold } from "../reports/render/describe.ts";
import { dataOf } from "../reports/render/event-data.ts";
import type { RunResult } from "../runner/effect.ts";
import type { Journal } from "../runner/journal.ts";
import type { RunnerSession } from "../runner/session.ts";

/** Tells who couldn't be told and the result, and sets the exit code. */
export async function conclude(
  session: Pick<RunnerSession, "reporter" | "store" | "stack" | "writePages">,
  journal: Journal,
  { exit, resumeAt }: RunResult,
): Promise<void> {
  const announced = journal.events().flatMap((event) => dataOf("announced", event) ?? []);
  session.reporter.problems(announced.flatMap(({ deliveries }) => untold(deliveries)));
  if (resumeAt !== null) await session.writePages(journal.change, journal.events());
  const resume = resumeAt === null ? null : new Date(resumeAt).toISOString();
  const record = await session.store.location(journal.change);
  session.reporter.result({ exit, change: journal.change, record, resumeAt: resume, stack: session.stack.name });
  process.exitCode = exit;
}
