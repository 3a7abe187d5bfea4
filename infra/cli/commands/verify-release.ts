import { realpath } from "node:fs/promises";
import { Command } from "commander";
import { z } from "zod";
import { githubChecks, statusFile } from "../../clients/checks.ts";
import { type Repository, readRepository, slugOf } from "../../clients/git.ts";
import { imageFacts } from "../../clients/registry.ts";
import type { Manifest } from "../../domain/manifest.ts";
import { EXIT } from "../../errors.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { type Line, looked } from "../../runbooks/verify-release/check.ts";
import { migrationLines } from "../../runbooks/verify-release/migrations.ts";
import { judgeChecks, judgeImage, judgeRepository, judgeStatusFile } from "../../runbooks/verify-release/source.ts";
import { lookAtStack } from "../../runner/opening/verify-on-stack.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { recordsOption } from "../options.ts";
import { readManifest } from "../read-manifest.ts";
import { checksText } from "../table.ts";

const optionsSchema = z.object({
  release: z.string(),
  stack: z.array(z.string()),
  migrations: z.string(),
  repository: z.string(),
  remote: z.string(),
  branch: z.string(),
  ciStatus: z.string().optional(),
  except: z.array(z.string()).default([]),
  records: z.string().optional(),
  json: z.literal(true).optional(),
});
type Options = z.infer<typeof optionsSchema>;

function repositoryOf(options: Pick<Options, "repository" | "remote" | "branch">, built: string): Promise<Repository> {
  const { repository: folder, remote, branch } = options;
  return readRepository({ folder, remote, branch, built });
}

async function ciLine({ ciStatus, except, ...options }: Options, { commit }: Manifest): Promise<Line> {
  if (ciStatus !== undefined) return judgeStatusFile(await statusFile(ciStatus), commit, except);
  const slug = process.env.GITHUB_REPOSITORY ?? slugOf((await repositoryOf(options, commit)).remoteUrl);
  if (slug === null) throw new Error(`the address of ${options.remote} names no OWNER/REPOSITORY`);
  const api = process.env.GITHUB_API_URL ?? "https://api.github.com";
  const checks = await githubChecks({ api, repository: slug, token: process.env.GITHUB_TOKEN ?? null }, commit);
  return judgeChecks(checks, commit, except);
}

async function stackLines(stack: string, { records }: Options, manifest: Manifest): Promise<Line[]> {
  const session = await sessionFor(stack, { records }, reporterFor({}));
  return lookAtStack(session, manifest);
}

async function verify(options: Options, manifest: Manifest): Promise<Line[]> {
  const { branch, migrations, release } = options;
  const file = release === "-" ? null : await realpath(release);
  const registry = process.env.RUNBOOKS_REGISTRY_URL ?? null;
  const source = await Promise.all([
    looked(
      "release branch",
      "run it in the application's repository, or name it with --repository and --remote",
      async () => judgeRepository(await repositoryOf(options, manifest.commit), { branch, manifest, file }),
    ),
    looked("CI green for this commit", "set GITHUB_TOKEN, or hand CI's result over with --ci-status FILE", async () => [
      await ciLine(options, manifest),
    ]),
    looked(
      "image exists",
      "check that the registry can be reached from here: `docker login`, or RUNBOOKS_REGISTRY_URL",
      async () => judgeImage(await imageFacts(manifest.image, registry), manifest),
    ),
    looked("manifest matches migrations", "name the folder of the release's migrations with --migrations", () =>
      migrationLines(manifest, migrations),
    ),
  ]);
  const stacks: Line[] = [];
  // One after the other: two engines at once take longer than two in a row on a small machine.
  for (const stack of options.stack) {
    const remedy = `see what \`runbook status --stack ${stack}\` and \`runbook doctor --stack ${stack}\` say`;
    stacks.push(...(await looked(`stack ${stack}`, remedy, () => stackLines(stack, options, manifest))));
  }
  return [...source.flat(), ...stacks];
}

function print(options: Options, manifest: Manifest, lines: readonly Line[]): void {
  const failed = lines.filter((line) => !line.holds);
  const exit = failed.length === 0 ? EXIT.done : EXIT.refused;
  process.exitCode = exit;
  if (options.json) {
    const { version, image, commit } = manifest;
    output.write(`${JSON.stringify({ type: "result", exit, version, image, commit, checks: lines })}\n`);
    return;
  }
  const well = `${manifest.version} is ready to be deployed.`;
  const ill = `${manifest.version} is not ready: ${failed.length} of ${lines.length} checks failed. To fix:`;
  output.write(checksText(lines, well, ill));
}

/** `runbook verify-release`: is this a release that may go out? The first line of the deploy runbook. */
export function verifyReleaseCommand(): Command {
  return new Command("verify-release")
    .description(
      "Check everything that must hold before a release is deployed: branch, CI, image, manifest, migrations, previews, freezes.",
    )
    .requiredOption("--release <file>", "the release manifest (YAML or JSON; - for stdin)")
    .option("--stack <name...>", "the stacks that it is to go to", ["staging", "production"])
    .option("--migrations <dir>", "the folder of the release's migrations", "migrations")
    .option("--repository <dir>", "the application's git repository", ".")
    .option("--remote <name>", "the remote that releases are cut from", "origin")
    .option("--branch <name>", "the release branch", "main")
    .option("--ci-status <file>", "CI's result as JSON {commit, checks: [{name, state}]}; else GitHub is asked")
    .option("--except <name...>", "checks that don't count, such as the job that runs this")
    .addOption(recordsOption())
    .option("--json", "as JSON")
    .action(async (raw: unknown) => {
      const options = optionsSchema.parse(raw);
      const manifest = await readManifest(options.release);
      print(options, manifest, await verify(options, manifest));
    });
}
