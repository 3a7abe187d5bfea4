/**
 * A language host for TypeScript programs and policy packs that Node runs as they are. It stands in for the official
 * `pulumi-language-nodejs` where a CLI comes without one, and speaks the same protocol (pulumirpc.LanguageRuntime).
 */

import { engineAddress } from "./arguments.ts";
import { endWith } from "./children.ts";
import { leaveWithEngine } from "./engine-watch.ts";
import { serve } from "./service.ts";

const engine = engineAddress(process.argv.slice(2));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => endWith(0));
leaveWithEngine(engine, () => endWith(1));
process.stdout.write(`${await serve(engine)}\n`);
