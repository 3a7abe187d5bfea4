import type { ReleaseState } from "../../domain/releases.ts";
import { EXIT, Refusal } from "../../errors.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";

/** Says what stands where and gives up: a person is needed, and nothing is tried over and over. */
export async function stuck(
  session: RunnerSession,
  journal: Journal,
  step: string | null,
  what: string,
  current: ReleaseState,
  problems: string[],
): Promise<Refusal> {
  const stands = current.releases
    .map(({ id, manifest, weight }) => `${manifest.version} (${id}) ${weight} %`)
    .join(", ");
  const call = `${session.onCall} is needed: ${what} failed; the stack's last known weights: ${stands}`;
  await journal.write("stuck", step, { what, stands, problems });
  await session.writePages(journal.change, journal.events());
  return new Refusal({
    exit: EXIT.stuck,
    problems: [call, ...problems, `when the cause is mended: runbook resume --stack ${session.stack.name}`],
  });
}
