import type { Reporter, Streams } from "./reporter.ts";

/** One event per line on stdout, its data beside `at`, `change`, `step` and `type`; the last line is the result. */
export function jsonReporter({ stdout, stderr }: Streams): Reporter {
  const write = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  return {
    event({ at, change, step, type, seq, data }) {
      const beside = Object.entries(data).filter(([key]) => !ENVELOPE.has(key));
      write({ at, change, step, type, seq, ...Object.fromEntries(beside) });
    },
    tick() {},
    problems(problems) {
      for (const problem of problems) stderr.write(`error: ${problem}\n`);
    },
    result(result) {
      write({ type: "result", ...result });
    },
  };
}

/** What an event's data can't take the place of. */
const ENVELOPE = new Set(["at", "change", "step", "type", "seq"]);
