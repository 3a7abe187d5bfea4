import { readFile } from "node:fs/promises";
import { behaviourSchema } from "./src/behaviour.ts";
import { serve } from "./src/server.ts";

/** Part of every version's image: the version's own `behaviour.json` lies in its working directory. */
await serve(behaviourSchema.parse(JSON.parse(await readFile("behaviour.json", "utf8"))));
