/** `npm run architecture`: writes who may import whom into `biome.rooms.json` and `docs/architecture.md`. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { biomeRules, withDrawing } from "./rules.ts";

scriptCommand("architecture", "Write who may import whom, as rules and as a drawing.").parse();
await writeFile(join(ROOT, "biome.rooms.json"), `${JSON.stringify(biomeRules(), null, 2)}\n`);
const page = join(ROOT, "docs/architecture.md");
await writeFile(page, withDrawing(await readFile(page, "utf8")));
process.stdout.write(`wrote biome.rooms.json and ${page}\n`);
