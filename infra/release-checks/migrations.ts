import type { Manifest } from "../manifest.ts";
import { readMigrations } from "../migration-files.ts";
import type { Line } from "./check.ts";
import { judgeMigrations } from "./source.ts";

/**
 * Holds the manifest against the folder that it was written from.
 * @throws Refusal where the folder can't be read or a file doesn't say what it does
 */
export async function migrationLines(manifest: Manifest, folder: string): Promise<Line[]> {
  return [judgeMigrations(manifest.migrations, await readMigrations(folder), folder)];
}
