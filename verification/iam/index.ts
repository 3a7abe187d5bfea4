/**
 * `npm run iam`: writes `docs/iam/*.json`, the rights that `pulumi up` and each runbook need and whom CI's role trusts, worked out from what
 * the program makes. With `--out` and values for the placeholders: the same with your own names, ready for `aws iam`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { badInput, Refusal } from "../../infra/errors.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { documentsOf } from "./documents.ts";
import { filled, PLACEHOLDERS } from "./fill.ts";
import { graphs } from "./program.ts";

const command = scriptCommand("iam", "Write the IAM policies of docs/iam, or those of your own account with --out.")
  .option("--out <dir>", "where to, with every placeholder filled in", undefined)
  .option("--set <name=value...>", `what a placeholder stands for: ${PLACEHOLDERS.join(", ")}`, [])
  .parse();
const { out, set } = z.object({ out: z.string().optional(), set: z.array(z.string()) }).parse(command.opts());

async function main(): Promise<void> {
  const folder = out ?? join(ROOT, "docs/iam");
  const given = new Map(
    set.map((pair): [string, string] => [pair.split("=")[0] ?? "", pair.slice(pair.indexOf("=") + 1)]),
  );
  const unknown = [...given.keys()].filter((name) => !PLACEHOLDERS.some((known) => known === name));
  if (unknown.length > 0)
    throw badInput(...unknown.map((name) => `--set: "${name}" is none of ${PLACEHOLDERS.join(", ")}`));
  if (out === undefined && given.size > 0) throw badInput("--set needs --out: docs/iam keeps its placeholders");
  const documents = documentsOf(await graphs());
  await mkdir(folder, { recursive: true });
  for (const [name, document] of Object.entries(documents)) {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    await writeFile(join(folder, name), out === undefined ? text : filled(text, given));
    process.stdout.write(`wrote ${join(folder, name)}\n`);
  }
}

await main().catch((error: unknown) => {
  process.exitCode = error instanceof Refusal ? error.exit : 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
