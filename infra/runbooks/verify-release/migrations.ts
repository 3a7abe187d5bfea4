import type { Manifest } from "../../domain/manifest.ts";
import { hasMigrations, readMigrations } from "../../migrations/files.ts";
import { type Finding, findingText } from "../../migrations/finding.ts";
import { lintMigrations } from "../../migrations/lint.ts";
import { fails, holds, type Line } from "./check.ts";
import { judgeMigrations } from "./source.ts";

/** An error of the lint keeps a release back; a warning is told along (pure). */
export function judgeLint(findings: readonly Finding[]): Line {
  const check = "migrations linted";
  const errors = findings.filter(({ level }) => level === "error");
  const warnings = findings.length - errors.length;
  if (errors.length === 0) return holds(check, warnings === 0 ? "nothing found" : `${warnings} warnings, no error`);
  return fails(check, errors.map(findingText).join("; "), "fix the files, and write the manifest again");
}

/**
 * Holds the manifest against the folder that it was written from, and lints the files.
 * @throws Refusal where the folder can't be read or a file doesn't say what it does
 */
export async function migrationLines(manifest: Manifest, folder: string): Promise<Line[]> {
  if (manifest.migrations.length === 0 && !(await hasMigrations(folder))) {
    return [judgeMigrations([], [], folder), judgeLint([])];
  }
  const files = await readMigrations(folder);
  const found = files.map(({ migration }) => migration);
  return [judgeMigrations(manifest.migrations, found, folder), judgeLint(await lintMigrations(files))];
}
