import { Argument, type Command } from "commander";
import { z } from "zod";
import { SECRET_NAMES } from "../../domain/releases.ts";
import { badInput } from "../../errors.ts";
import { parseCommon, plannedCommand, readSecretValue, stacksIn, startedBy } from "../options.ts";
import { runRotation } from "../run-rotation.ts";

const optionsSchema = z.object({
  stack: z.string(),
  valueStdin: z.literal(true).optional(),
  compromised: z.literal(true).optional(),
  endSessions: z.literal(true).optional(),
});

const HELP = `
The old credential stays valid until the new one has all traffic and no use of the old one is seen. Then it is revoked, and the
revocation is verified. Before that, a failed gate or \`runbook abort\` goes back and removes the new one; afterwards, a rotation only
goes forward.

With --stack staging,production the second stack starts once the first has passed, in its change window. If the command left with 75
or was killed in between, \`runbook resume --stack staging,production\` continues.`;

/** `runbook rotate`: a new generation of a secret through the canary; the old one proven unused, revoked and refused. */
export function rotateCommand(): Command {
  return plannedCommand("rotate")
    .description("Rotate a secret without a logout, a failed request or a leak.")
    .addArgument(new Argument("<secret>", "which one").choices(SECRET_NAMES))
    .requiredOption("--stack <names>", "the stack; or staging,production for both, one after the other")
    .option("--value-stdin", "read the new AFM_KEY from stdin, even where an adapter could make one")
    .option("--compromised", "the old one has leaked: a short canary, no soak; says first who is logged out, and asks")
    .option("--end-sessions", "with SESSION_SECRET --compromised: log everybody out at once")
    .addHelpText("after", HELP)
    .action(async (named: unknown, raw: unknown) => {
      const secret = z.enum(SECRET_NAMES).parse(named);
      const { stack, valueStdin, compromised, endSessions } = optionsSchema.parse(raw);
      const common = parseCommon(raw);
      const stacks = stacksIn(stack, common);
      if (valueStdin && stacks.length > 1) {
        throw badInput("--value-stdin: each stack has a value of its own: name one stack");
      }
      await runRotation(
        stacks,
        {
          secret,
          value: valueStdin ? await readSecretValue() : null,
          urgency: compromised ? "compromised" : "planned",
          sessions: endSessions ? "ended" : "kept",
          afterwards: [],
          reason: common.reason ?? null,
          startedBy: startedBy(),
        },
        common,
      );
    });
}
