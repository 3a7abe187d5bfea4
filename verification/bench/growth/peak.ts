import { openFileStore } from "../../../infra/records/file-store.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import { lookUp } from "./look-up.ts";
import { stateAfter } from "./watched.ts";

/** Looks records up as `status` does and prints by how many megabytes this process has grown at the most: `peak.ts URL`. */
const [url = ""] = process.argv.slice(2);
const state = stateAfter();
const before = process.resourceUsage().maxRSS;
await lookUp(openFileStore(url, createRedactor([])), state);
process.stdout.write(`${(process.resourceUsage().maxRSS - before) / 1_024}\n`);
