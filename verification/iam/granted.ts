import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../../sandbox/commands/sandbox.ts";

const policySchema = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });

/** Every action that some documents of `docs/iam` allow, as they are committed. */
export async function rightsOf(...names: readonly string[]): Promise<Set<string>> {
  const texts = await Promise.all(names.map((name) => readFile(join(ROOT, "docs/iam", name), "utf8")));
  const documents = texts.map((text) => policySchema.parse(JSON.parse(text)));
  return new Set(documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)));
}
