import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { badInput } from "../changes/refusal.ts";
import type { Migration } from "../manifest.ts";
import { type Sections, sectionsOf } from "./sections.ts";

const PHASE = /^--\s*phase:\s*(expand|contract)\s*$/m;
const REVERSIBLE = /^--\s*reversible:\s*(yes|lossy|no)\s*$/m;

/** A migration with the file that it was read from. */
export interface MigrationFile {
  migration: Migration;
  /** the path, for messages */
  file: string;
  sections: Sections;
}

function phaseOf(text: string): Migration["phase"] | null {
  const phase = PHASE.exec(text)?.[1];
  return phase === "expand" || phase === "contract" ? phase : null;
}

function reversibleOf(text: string): Migration["reversible"] | null {
  const answer = REVERSIBLE.exec(text)?.[1];
  return answer === "yes" || answer === "lossy" || answer === "no" ? answer : null;
}

/**
 * Reads a folder of migrations: `*.sql` in the order of their names, each with its phase and reversibility in its header.
 * @throws Refusal (exit 2) naming every file that doesn't say both
 */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw badInput(
      `--migrations: ${folder} can't be read (${error.code ?? error.message}): name the folder of *.sql files`,
    );
  });
  const problems: string[] = [];
  const migrations: MigrationFile[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".sql")).sort()) {
    const file = join(folder, name);
    const bytes = await readFile(file);
    const text = bytes.toString("utf8");
    const phase = phaseOf(text);
    const reversible = reversibleOf(text);
    if (phase === null) problems.push(`${name}: add the line "-- phase: expand" or "-- phase: contract"`);
    if (reversible === null) problems.push(`${name}: add the line "-- reversible: yes", "lossy" or "no"`);
    if (phase === null || reversible === null) continue;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const migration = { id: name.slice(0, -".sql".length), sha256, phase, reversible };
    migrations.push({ migration, file, sections: sectionsOf(text) });
  }
  if (problems.length > 0) throw badInput(...problems);
  return migrations;
}
