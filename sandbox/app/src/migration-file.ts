import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const EXTENSION = /\.sql$/i;
const UP = /^\s*--[\s-]*up\s+migration/im;
const DOWN = /^\s*--[\s-]*down\s+migration/im;

/** The names of an image's migrations, in the order in which node-pg-migrate runs them: by the number that they begin with. */
export async function migrationFiles(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => EXTENSION.test(file))
    .map((file) => file.replace(EXTENSION, ""))
    .sort((one, other) => one.localeCompare(other, undefined, { numeric: true, ignorePunctuation: true }));
}

/** The text of a migration. @throws Error where there is none of this name */
export async function migrationText(directory: string, name: string): Promise<string> {
  const file = (await readdir(directory)).find((one) => EXTENSION.test(one) && one.replace(EXTENSION, "") === name);
  if (file === undefined) throw new Error(`there is no migration ${name} in this image`);
  return (await readFile(join(directory, file), "utf8")).replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
}

/** Whether a migration runs in the transaction of the whole run: all do but those that say `-- transaction: no` (pure). */
export function runsInTransaction(text: string): boolean {
  return !/^--[ \t]*transaction:[ \t]*no[ \t]*$/m.test(text);
}

/** One half of a migration's file (pure). */
export function halfOf(text: string, direction: "up" | "down"): string {
  const [up, down] = [text.search(UP), text.search(DOWN)];
  const [start, other] = direction === "up" ? [Math.max(up, 0), down] : [down, up];
  if (start < 0) return "";
  return text.slice(start, other > start ? other : undefined);
}
