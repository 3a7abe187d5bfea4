import type { Command } from "commander";
import { z } from "zod";
import { mustHavePassed } from "../../runner/opening/passed.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { parseCommon, plannedCommand, startedBy } from "../options.ts";
import { readManifest } from "../read-manifest.ts";
import { runRequest } from "../run-request.ts";

const optionsSchema = z.object({ stack: z.string(), release: z.string(), from: z.string() });

/** `runbook deploy`: migrate, release and soak; on a production stack the canary, once staging has passed. */
export function deployCommand(): Command {
  return plannedCommand("deploy")
    .description("Migrate, release and soak a release on staging.")
    .requiredOption("--stack <name>", "the stack, such as staging")
    .requiredOption("--release <file>", "the release manifest (YAML or JSON; - for stdin)")
    .option("--from <name>", "the stack that a release must have passed before it may go to production", "staging")
    .option("--supersede", "abort the change that holds the stack, then start this one")
    .action(async (raw: unknown) => {
      const { stack, release, from } = optionsSchema.parse(raw);
      const common = parseCommon(raw);
      const manifest = await readManifest(release);
      const session = await sessionFor(stack, common, reporterFor(common));
      const production = session.settings.stage === "production";
      if (production) await mustHavePassed(from, manifest);
      const runbook = production ? "promote" : "deploy";
      await runRequest(session, { runbook, manifest, reason: common.reason ?? null, startedBy: startedBy() }, common);
    });
}
