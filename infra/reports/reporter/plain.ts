import { EXIT } from "../../errors.ts";
import { describe } from "../render/describe.ts";
import type { Reporter, Result, Streams } from "./reporter.ts";

/** Prints as printable ASCII on one line: what a log collector and grep take as it is. */
export function ascii(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "?");
}

const ENDS: Record<number, string> = {
  0: "done",
  1: "a gate or an update failed; the stack was brought back to where it was",
  2: "refused; nothing was changed",
  3: "a policy was violated; nothing was changed",
  4: "another change holds the stack",
  70: "could not be finished or brought back: a person is needed",
};

/** How a command ended, in one sentence, with what to do next. */
export function resultInWords({ exit, stack, resumeAt }: Result): string {
  if (resumeAt !== null && Date.parse(resumeAt) <= Date.now())
    return `stopped before its end: \`runbook resume --stack ${stack}\` continues it (exit ${exit})`;
  if (resumeAt !== null)
    return `waiting until ${resumeAt}: then run \`runbook resume --stack ${stack}\` (exit ${exit})`;
  if (exit === EXIT.waiting)
    return `run by the service: \`runbook status --stack ${stack} --watch\` shows it (exit ${exit})`;
  return `${ENDS[exit] ?? "ended"} (exit ${exit})`;
}

/** One line an event: time, change, step, type, text. */
export function plainReporter({ stdout, stderr }: Streams): Reporter {
  return {
    event(event) {
      const { at, change, step, type } = event;
      stdout.write(`${ascii([at, change, step ?? "-", type, describe(event)].join(" "))}\n`);
    },
    tick() {},
    problems(problems) {
      for (const problem of problems) stderr.write(`error: ${ascii(problem)}\n`);
    },
    result(result) {
      stdout.write(`${new Date().toISOString()} ${result.change} - result ${ascii(resultInWords(result))}\n`);
      stdout.write(`${new Date().toISOString()} ${result.change} - record ${ascii(result.record)}\n`);
    },
  };
}
