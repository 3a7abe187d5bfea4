import { existsSync } from "node:fs";
import { main } from "../infra/cli/main.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error; // a reader that left early, such as head, ends no change
});
// The sandbox hangs below the same program, where there is one: the service's image has none.
const sandbox = async () => (await import("../sandbox/commands/index.ts")).sandboxCommand();
const hasSandbox = existsSync(new URL("../sandbox/commands", import.meta.url));
process.exitCode = await main(process.argv.slice(2), hasSandbox ? { sandbox } : {});
