import { main } from "../infra/cli/main.ts";

/** The sandbox's commands hang below the same program, and are loaded only where they are asked for. */
const args = process.argv.slice(2);
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error; // a reader that left early, such as head, ends no change
});
const asksHelp = args.length === 0 || ["help", "completion"].includes(args[0] ?? "") || args[0]?.startsWith("-");
const more = args[0] === "sandbox" || asksHelp ? [(await import("../sandbox/commands/index.ts")).sandboxCommand()] : [];
process.exitCode = await main(args, more);
