import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { NAMESPACE } from "../domain/problems.ts";
import { badInput } from "../errors.ts";

const fileSchema = z.looseObject({ config: z.looseObject({ [`${NAMESPACE}:stage`]: z.string().optional() }) });

/** The stage that a stack's settings file names; null where it names none. @throws Refusal (exit 2) where it is no YAML */
function stageIn(file: string, text: string): string | null {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw badInput(`${file}: this is no YAML: ${problem.message}`);
  const parsed = fileSchema.safeParse(document.toJS());
  const stage = parsed.success ? parsed.data.config[`${NAMESPACE}:stage`] : undefined;
  return typeof stage === "string" ? stage : null;
}

/**
 * The stacks whose settings file in a project's folder names a stage, by name: a stack may be called what it likes.
 * @throws Refusal (exit 2) where a file is no YAML
 */
export async function stacksOfStage(folder: string, stage: "staging" | "production"): Promise<string[]> {
  const files = (await readdir(folder)).sort();
  const stacks = await Promise.all(
    files.map(async (file) => {
      const name = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
      if (name === undefined) return [];
      return stageIn(file, await readFile(join(folder, file), "utf8")) === stage ? [name] : [];
    }),
  );
  return stacks.flat();
}
