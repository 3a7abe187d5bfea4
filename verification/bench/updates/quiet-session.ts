import { createReporter } from "../../../infra/reports/reporter/index.ts";
import { openSession, type Session } from "../../../infra/runner/session.ts";

/** Opens a stack as the runner does, and says nothing of what happens there. */
export function openQuietly(cwd: string, stack: string): Promise<Session> {
  const reporter = createReporter("json", { stdout: process.stderr, stderr: process.stderr });
  const silent = { ...reporter, event: () => undefined, tick: () => undefined };
  return openSession({ cwd, stack, onCall: null, records: null, reporter: silent });
}
