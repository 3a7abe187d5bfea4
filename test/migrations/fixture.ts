import type { Migration } from "../../infra/domain/manifest.ts";
import type { MigrationFile } from "../../infra/migrations/files.ts";
import { sectionsOf } from "../../infra/migrations/sections.ts";

/** A migration's file with these halves, its up on line 4. */
export function file(
  id: string,
  {
    phase = "expand",
    reversible = "yes",
    inTransaction = true,
  }: Partial<Pick<Migration, "phase" | "reversible"> & Pick<MigrationFile, "inTransaction">>,
  up: string,
  down: string | null = null,
): MigrationFile {
  const text = `-- phase: ${phase}\n-- reversible: ${reversible}\n-- Up Migration\n${up}\n${down === null ? "" : `-- Down Migration\n${down}\n`}`;
  return {
    migration: { id, sha256: "0".repeat(64), phase, reversible },
    file: `${id}.sql`,
    sections: sectionsOf(text),
    inTransaction,
  };
}
