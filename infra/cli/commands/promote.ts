import type { Command } from "commander";
import { z } from "zod";
import { releaseThatPassed } from "../../runner/opening/passed.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { parseCommon, plannedCommand, startedBy } from "../options.ts";
import { runRequest } from "../run-request.ts";

const optionsSchema = z.object({ from: z.string(), to: z.string() });

/** `runbook promote`: the release that passed staging, by canary, into production. */
export function promoteCommand(): Command {
  return plannedCommand("promote")
    .description(
      "Roll out the release that passed staging to production by canary, with checks at T+15m, T+1h and T+24h.",
    )
    .requiredOption("--from <name>", "the stack where it passed its soak, such as staging")
    .requiredOption("--to <name>", "the stack to bring it to, such as production")
    .option("--supersede", "abort the change that holds the stack, then start this one")
    .action(async (raw: unknown) => {
      const { from, to } = optionsSchema.parse(raw);
      const common = parseCommon(raw);
      const session = await sessionFor(to, common, reporterFor(common));
      const manifest = await releaseThatPassed(from);
      await runRequest(
        session,
        { runbook: "promote", manifest, reason: common.reason ?? null, startedBy: startedBy() },
        common,
      );
    });
}
