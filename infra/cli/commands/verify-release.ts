import { Command } from "commander";
import { z } from "zod";
import { badInput } from "../../changes/refusal.ts";
import { openStack } from "../../changes/stack/stack.ts";
import { migrationProblems } from "../../manifest.ts";
import { phaseProblems } from "../../releases.ts";
import { readManifest } from "../options.ts";

const optionsSchema = z.object({ release: z.string(), stack: z.string().optional() });

/** `runbook verify-release`: is the manifest one that a deploy would take? */
export function verifyReleaseCommand(): Command {
  return new Command("verify-release")
    .description(
      "Check a release manifest, and with --stack also its migrations against those that the stack has applied.",
    )
    .requiredOption("--release <file>", "the release manifest (YAML or JSON; - for stdin)")
    .option("--stack <name>", "the stack whose applied migrations it must go on from")
    .action(async (raw: unknown) => {
      const { release, stack } = optionsSchema.parse(raw);
      const manifest = await readManifest(release);
      if (stack !== undefined) {
        const state = await openStack({ cwd: process.cwd(), name: stack }).state();
        const schema = state?.schema ?? [];
        const problems = [...migrationProblems(schema, manifest.migrations), ...phaseProblems({ schema }, manifest)];
        if (problems.length > 0) throw badInput(...problems);
      }
      const count = manifest.migrations.length;
      process.stdout.write(`${release}: ${manifest.version} is in order (${manifest.image}, ${count} migrations)\n`);
    });
}
