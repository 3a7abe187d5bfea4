import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { familyOf, processTableNow } from "../../sandbox/cloud/process-table.ts";
import { until } from "../demo/until.ts";
import { endProcess } from "./end-process.ts";
import type { LifePlace } from "./runner-process.ts";

/** Between two looks, in milliseconds: a look may start a process, which takes the time of what is waited for. */
const LOOK_EVERY = 500;

/** The moment of a kill: a condition in words, and how long it is waited for, in seconds. */
interface Moment {
  what: string;
  within: number;
  holds(): Promise<boolean>;
}

/**
 * Runs `runbook ARGS` and kills it with all that it has started, its engine and providers too, once a condition holds.
 * @throws Error where the command ends before, or the condition doesn't hold in time; nothing of the command is left then either
 */
export async function killedWhen(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { what, within, holds }: Moment,
  { program, project }: LifePlace,
): Promise<void> {
  const runner = spawn(process.execPath, [join(program, "bin/runbook.ts"), ...args], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  const ended = once(runner, "close");
  const check = () => {
    if (runner.exitCode !== null) throw new Error(`runbook ${args.join(" ")} ended with ${runner.exitCode} before`);
    return holds();
  };
  try {
    await until(what, within, check, LOOK_EVERY);
  } finally {
    for (const { pid } of familyOf(runner.pid ?? 0, processTableNow())) endProcess(pid);
    await ended;
  }
}
