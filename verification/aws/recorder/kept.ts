import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { PHASES, type Recorded } from "./journal.ts";

const props = z.record(z.string(), z.json());
const recordedSchema = z.object({
  stack: z.string(),
  phase: z.enum(PHASES).nullable(),
  kind: z.enum(["create", "update", "delete", "read", "same", "invoke"]),
  type: z.string(),
  name: z.string(),
  id: z.string(),
  inputs: props,
  before: props,
  outputs: props,
});

/** Writes down what was recorded. Its secrets are the recorded account's: nothing real takes them. */
export async function keep(file: string, operations: readonly Recorded[]): Promise<void> {
  await writeFile(file, JSON.stringify(operations));
}

/** What an earlier run has recorded. @throws Error where the file is something else */
export async function kept(file: string): Promise<readonly Recorded[]> {
  const parsed = z.array(recordedSchema).safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} isn't a recording of npm run test:aws: delete it`);
  return parsed.data;
}
