import { Command } from "commander";
import { stringify } from "yaml";
import { z } from "zod";
import { badInput } from "../../changes/refusal.ts";
import { manifestSchema, problemsOf } from "../../manifest.ts";
import { readMigrations } from "../../migration-files.ts";

const optionsSchema = z.object({
  image: z.string(),
  version: z.string(),
  migrations: z.string(),
  commit: z.string(),
  migrateUp: z.string(),
  migrateDown: z.string(),
  backupCreate: z.string(),
  backupRestore: z.string(),
});

const words = (command: string): string[] => command.split(/\s+/).filter((word) => word !== "");

/** `runbook manifest`: what CI calls after it has pushed an image. */
export function manifestCommand(): Command {
  return new Command("manifest")
    .description("Write the release manifest of an image to stdout.")
    .requiredOption("--image <ref>", "the image by digest: NAME@sha256:...")
    .requiredOption("--version <version>", "the release's version, such as 2026.11.22-1")
    .requiredOption("--migrations <dir>", "the folder of the release's migrations, *.sql in their order")
    .option("--commit <hash>", "the commit that the image was built from", process.env.GITHUB_SHA ?? "0000000")
    .option("--migrate-up <command>", "in the image; the migration's id is appended", "node migrate.ts up")
    .option("--migrate-down <command>", "in the image; the migration's id is appended", "node migrate.ts down")
    .option("--backup-create <command>", "in the image; the backup's id is appended", "node backup.ts create")
    .option("--backup-restore <command>", "in the image; the backup's id is appended", "node backup.ts restore")
    .action(async (raw: unknown) => {
      const options = optionsSchema.parse(raw);
      const result = manifestSchema.safeParse({
        version: options.version,
        image: options.image,
        commit: options.commit,
        database: {
          migrate: { up: words(options.migrateUp), down: words(options.migrateDown) },
          backup: { create: words(options.backupCreate), restore: words(options.backupRestore) },
        },
        migrations: await readMigrations(options.migrations),
      });
      if (!result.success) throw badInput(...problemsOf(result.error, "--"));
      process.stdout.write(stringify(result.data, { lineWidth: 0 }));
    });
}
