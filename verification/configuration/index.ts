/** `npm run configuration`: writes `docs/configuration.md` from the settings' schema. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { configurationPage } from "./page.ts";

scriptCommand("configuration", "Write docs/configuration.md: every setting, from the schema that parses it.").parse();
const file = join(ROOT, "docs/configuration.md");
await writeFile(file, configurationPage(parse(await readFile(join(ROOT, "Pulumi.yaml"), "utf8"))));
process.stdout.write(`wrote ${file}\n`);
