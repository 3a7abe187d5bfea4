import { Command } from "commander";
import { stringify } from "yaml";
import { z } from "zod";
import { headOf, isOutsideRepository, ownWords } from "../../clients/git.ts";
import { checkManifest } from "../../domain/manifest.ts";
import { badInput } from "../../errors.ts";
import { type MigrationFile, readMigrations } from "../../migrations/files.ts";
import { type Finding, findingText } from "../../migrations/finding.ts";
import { lintMigrations } from "../../migrations/lint.ts";
import { PROVE_URL, type Proof, proveMigrations } from "../../migrations/prove.ts";
import { errorOutput, output } from "../../records/redaction/captured-output.ts";

const optionsSchema = z.object({
  image: z.string(),
  version: z.string(),
  migrations: z.union([z.string(), z.literal(false)]).optional(),
  commit: z.string().optional(),
  migrateUp: z.string(),
  migrateDown: z.string(),
  backupCreate: z.string(),
  backupRestore: z.string(),
  since: z.string().optional(),
  prove: z.literal(true).optional(),
  json: z.literal(true).optional(),
});

const MORE = `
Each migration is linted (squawk's rules): in an expanding one, what breaks the release before is an error. Errors, one a line as
FILE:LINE, keep the manifest from being written (exit 2); warnings go to stderr. \`-- squawk-ignore RULE\` above a statement suppresses it.

  $ runbook manifest --image registry.example.com/app@sha256:... --version 2026.11.23-1 --migrations migrations > release.yaml
  $ ${PROVE_URL}=postgresql://... runbook manifest ... --prove    (\`runbook sandbox env\` sets it)`;

const words = (command: string): string[] => command.split(/\s+/).filter((word) => word !== "");

/** Stands for a commit that nobody knows: `verify-release` lets it through nowhere. */
const NO_COMMIT = "0000000";

/**
 * The commit that is checked out where a folder lies; outside a repository one that stands for none, with a warning.
 * @throws Refusal (exit 2) with git's own words where git refuses for another reason
 */
async function commitOf(folder: string): Promise<string> {
  try {
    return await headOf(folder);
  } catch (error) {
    if (!isOutsideRepository(error)) {
      throw badInput(
        `--commit isn't given, and git can't tell it for ${folder}: ${ownWords(error)}: fix that, or give --commit`,
      );
    }
    errorOutput.write(
      `warning: --commit isn't given, and ${folder} is not in a git repository: the manifest names ${NO_COMMIT}, which verify-release refuses\n`,
    );
    return NO_COMMIT;
  }
}

async function prove(earlier: readonly MigrationFile[], migrations: readonly MigrationFile[]): Promise<Proof> {
  const url = process.env[PROVE_URL];
  if (url !== undefined && url !== "") return proveMigrations(url, earlier, migrations);
  throw badInput(
    `--prove: ${PROVE_URL} isn't set: name a Postgres and a role of it that may create databases (\`runbook sandbox env\` prints the sandbox's)`,
  );
}

/** The folder that is named, or null where it was said that there are no migrations. @throws Refusal (exit 2) where neither was said */
function folderOf(migrations: string | boolean | undefined): string | null {
  if (migrations === false) return null;
  if (typeof migrations === "string") return migrations;
  throw badInput("--migrations isn't given: name the folder of the release's migrations, or give --no-migrations");
}

/** How many migrations ran before this release. @throws Refusal (exit 2) where `since` isn't one of them */
function countEarlier(migrations: readonly MigrationFile[], since: string | undefined): number {
  if (since === undefined) return 0;
  const place = migrations.findIndex(({ migration }) => migration.id === since);
  if (place >= 0) return place + 1;
  const known = migrations.map(({ migration }) => migration.id).join(", ");
  throw badInput(`--since: there is no migration "${since}": name one of ${known}`);
}

/** Tells the warnings. @throws Refusal (exit 2) with every error */
function judge(findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.level === "warning") errorOutput.write(`${findingText(finding)}\n`);
  }
  const errors = findings.filter(({ level }) => level === "error");
  if (errors.length > 0) throw badInput(...errors.map(findingText));
}

/** `runbook manifest`: what CI calls after it has pushed an image. */
export function manifestCommand(): Command {
  return new Command("manifest")
    .description("Lint the migrations of an image, and write its release manifest to stdout.")
    .requiredOption("--image <ref>", "the image by digest: NAME@sha256:...")
    .requiredOption("--version <version>", "the release's version, such as 2026.11.22-1")
    .option("--migrations <dir>", "the folder of the release's migrations, *.sql in their order; needed, or:")
    .option("--no-migrations", "the release has no migrations")
    .option(
      "--commit <hash>",
      "the commit that the image was built from (else GITHUB_SHA, CI_COMMIT_SHA, or the one that is checked out where the migrations are)",
      process.env.GITHUB_SHA ?? process.env.CI_COMMIT_SHA,
    )
    .option("--migrate-up <command>", "in the image; the migration's id is appended", "node migrate.ts up")
    .option("--migrate-down <command>", "in the image; the migration's id is appended", "node migrate.ts down")
    .option("--backup-create <command>", "in the image; the backup's id is appended", "node backup.ts create")
    .option("--backup-restore <command>", "in the image; the backup's id is appended", "node backup.ts restore")
    .option(
      "--since <migration>",
      "lint and prove only what comes after this one: a file that was applied can't change",
    )
    .option("--prove", `prove every down in a database of its own on ${PROVE_URL}: up, down, up, same schema and rows`)
    .option("--json", "one object on stdout: manifest, findings, and the ids whose downs were proven")
    .addHelpText("after", MORE)
    .action(async (raw: unknown) => {
      const options = optionsSchema.parse(raw);
      const folder = folderOf(options.migrations);
      const migrations = folder === null ? [] : await readMigrations(folder);
      const fields = {
        version: options.version,
        image: options.image,
        commit: options.commit ?? (await commitOf(folder ?? ".")),
        database: {
          migrate: { up: words(options.migrateUp), down: words(options.migrateDown) },
          backup: { create: words(options.backupCreate), restore: words(options.backupRestore) },
        },
        migrations: migrations.map(({ migration }) => migration),
      };
      const manifest = checkManifest(fields, "--");
      const count = countEarlier(migrations, options.since);
      const [earlier, own] = [migrations.slice(0, count), migrations.slice(count)];
      const linted = await lintMigrations(own);
      judge(linted);
      const proof = options.prove ? await prove(earlier, own) : { findings: [], proven: [] };
      judge(proof.findings);
      if (options.prove) errorOutput.write(`proven, up and down and up again: ${proof.proven.join(", ") || "none"}\n`);
      const findings = [...linted, ...proof.findings];
      output.write(
        options.json
          ? `${JSON.stringify({ manifest, findings, proven: proof.proven })}\n`
          : stringify(manifest, { lineWidth: 0 }),
      );
    });
}
