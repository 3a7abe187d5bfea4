import { openStore } from "../../infra/records/open-store.ts";

/** Takes a stack's lease, says so, and keeps it until it is killed: `holder.ts URL STACK`. */
const [url = "", stack = ""] = process.argv.slice(2);
const store = await openStore(url, { secrets: [] });
const { held } = await store.lease(stack, { change: "CHG-2026-11-22-001" });
process.stdout.write(`${held}\n`);
process.stdin.resume();
