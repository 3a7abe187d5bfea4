import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Migration } from "../domain/manifest.ts";
import { badInput } from "../errors.ts";
import { type Sections, sectionsOf } from "./sections.ts";

/** A migration with the file that it was read from. */
export interface MigrationFile {
  migration: Migration;
  /** the path, for messages */
  file: string;
  sections: Sections;
  /** whether it runs in the transaction of the whole run; else outside of any, alone in its file */
  inTransaction: boolean;
}

/** Names sort as node-pg-migrate sorts them: by the number that they begin with, 2 before 10. */
function compareNames(one: string, other: string): number {
  return one.localeCompare(other, undefined, {
    usage: "sort",
    numeric: true,
    sensitivity: "variant",
    ignorePunctuation: true,
  });
}

/** What a line of the header answers, or what is wrong with it; both null where it needn't be there and isn't (pure). */
function headerOf<Answer extends string>(
  text: string,
  name: string,
  answers: readonly Answer[],
  need: "required" | "optional" = "required",
): { answer: Answer | null; problem: string | null } {
  const lines = text.matchAll(new RegExp(`^--[ \\t]*${name}:[ \\t]*(.*?)[ \\t]*$`, "gm"));
  const told = Array.from(lines, ([, value = ""]) => value);
  const answer = told.length === 1 ? (answers.find((value) => value === told[0]) ?? null) : null;
  const choices = answers.map((value) => `"-- ${name}: ${value}"`).join(" or ");
  if (answer !== null || (told.length === 0 && need === "optional")) return { answer, problem: null };
  if (told.length === 0) return { answer, problem: `add the line ${choices}` };
  if (told.length === 1) return { answer, problem: `"-- ${name}: ${told[0]}" isn't known: write ${choices}` };
  return { answer, problem: `it says "${name}" ${told.length} times (${told.join(", ")}): leave one line of them` };
}

/** The text of a migration's file, without what editors put around it: a byte order mark, the line ends of Windows (pure). */
function textOf(bytes: Buffer): string {
  return bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n");
}

/** What a file says, or what is wrong with its header (pure). */
function parseFile(file: string, name: string, bytes: Buffer): { migration: MigrationFile } | { problems: string[] } {
  const text = textOf(bytes);
  const phase = headerOf(text, "phase", ["expand", "contract"]);
  const reversible = headerOf(text, "reversible", ["yes", "lossy", "no"]);
  const transaction = headerOf(text, "transaction", ["yes", "no"], "optional");
  const problems = [phase, reversible, transaction].flatMap(({ problem }) =>
    problem === null ? [] : [`${name}: ${problem}`],
  );
  if (phase.answer === null || reversible.answer === null || problems.length > 0) return { problems };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const migration = { id: name.slice(0, -".sql".length), sha256, phase: phase.answer, reversible: reversible.answer };
  return { migration: { migration, file, sections: sectionsOf(text), inTransaction: transaction.answer !== "no" } };
}

/** The names of a folder's migrations in their order. @throws Refusal (exit 2) where the folder can't be read, or one is no file */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw badInput(
      `--migrations: ${folder} can't be read (${error.code ?? error.message}): name the folder of *.sql files`,
    );
  });
  const named = entries.filter(({ name }) => /\.sql$/i.test(name));
  const folders = named.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  if (folders.length === 0) return named.map(({ name }) => name).sort(compareNames);
  throw badInput(
    ...folders.map((path) => `--migrations: ${path} is a folder, and a migration is a file: rename it or move it away`),
  );
}

/** Whether a folder holds any migration. @throws Refusal (exit 2) where it can't be read */
export async function hasMigrations(folder: string): Promise<boolean> {
  return (await namesIn(folder)).length > 0;
}

/**
 * Reads a folder of migrations: `*.sql` in the order in which they run, each with its phase and reversibility in its header.
 * @throws Refusal (exit 2) naming every file that doesn't say both, or says one of them twice; where there is no file at all
 */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const names = await namesIn(folder);
  if (names.length === 0) {
    throw badInput(
      `--migrations: ${folder} has no *.sql file: name the folder of the release's migrations, or give --no-migrations if it has none`,
    );
  }
  const read = await Promise.all(
    names.map(async (name) => parseFile(join(folder, name), name, await readFile(join(folder, name)))),
  );
  const problems = read.flatMap((one) => ("problems" in one ? one.problems : []));
  const ids = names.map((name) => name.slice(0, -".sql".length));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  problems.push(...twice.map((id) => `${id}: there are two files of this name: rename one`));
  if (problems.length > 0) throw badInput(...problems);
  return read.flatMap((one) => ("migration" in one ? [one.migration] : []));
}
