import { jsonReporter } from "./json.ts";
import { plainReporter } from "./plain.ts";
import type { Mode, Reporter, Streams } from "./reporter.ts";
import { terminalReporter } from "./terminal.ts";

export type * from "./reporter.ts";

/** Makes a reporter. The live view needs a terminal: without one, or in CI, its place is taken by plain lines. */
export function createReporter(mode: Mode, streams: Streams): Reporter {
  if (mode === "json") return jsonReporter(streams);
  const live = mode === "terminal" && streams.stdout.isTTY === true && !process.env.CI;
  return live ? terminalReporter(streams) : plainReporter(streams);
}
