/** The process of one policy pack: its folder is the first argument. Constructing the pack starts its gRPC server. */
import { createRequire, flushCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "./lazy-sdk.ts";

const folder = process.argv[2] ?? process.cwd();
const entry = createRequire(join(folder, "package.json")).resolve(folder);
await import(pathToFileURL(entry).href);
// A pack is ended by a signal, and only a process that leaves by itself would write its compile cache.
flushCompileCache();
