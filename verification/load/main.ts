import { createInterface } from "node:readline";
import { startLoad } from "./load.ts";

/**
 * The load generator as a process of its own. The first line on stdin is the options as JSON (so that no password is
 * on the command line); then each line `stats` is answered with the statistics as one line of JSON, and `stop`, the end
 * of stdin, SIGTERM or SIGINT with the final ones. Before them comes one line `{"started":true}` or `{"error":"..."}`.
 */
const lines = createInterface({ input: process.stdin });
const incoming = lines[Symbol.asyncIterator]();

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

try {
  const first = await incoming.next();
  const load = await startLoad(JSON.parse(first.value ?? "{}"));
  print({ started: true });
  const finish = async () => {
    print(await load.stop());
    process.exit(0);
  };
  process.on("SIGTERM", finish);
  process.on("SIGINT", finish);
  for await (const line of { [Symbol.asyncIterator]: () => incoming }) {
    if (line.trim() === "stop") break;
    print(await load.stats());
  }
  await finish();
} catch (error) {
  print({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
