import { Command } from "commander";
import { z } from "zod";
import { waitingChange } from "../../change/waiting.ts";
import { busy, EXIT } from "../../errors.ts";
import { errorOutput, output } from "../../records/redaction/captured-output.ts";
import { withLease } from "../../runner/lease.ts";
import { heldBy } from "../../runner/opening/open.ts";
import type { Session } from "../../runner/session.ts";
import { openRemoval } from "../../stack/removal.ts";
import { deployedIn } from "../../teardown/deployed.ts";
import { type TeardownPlan, teardownPlan } from "../../teardown/plan.ts";
import { takeDown } from "../../teardown/take-down.ts";
import { teardownText } from "../../teardown/text.ts";
import { confirm } from "../confirm.ts";
import { endDryRun } from "../dry-run.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { recordsOption } from "../options.ts";

const optionsSchema = z.object({
  stack: z.string(),
  records: z.string().optional(),
  configFile: z.string().optional(),
  yes: z.literal(true).optional(),
  dryRun: z.literal(true).optional(),
  json: z.literal(true).optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** @throws Refusal (exit 4) where a change is under way, or waits to begin */
async function mustBeIdle({ stack, store, clock }: Session): Promise<void> {
  const state = await stack.state();
  if (state?.change != null) throw heldBy(stack.name, state.change);
  const waiting = await waitingChange(store, stack.name, clock.now());
  if (waiting === null) return;
  throw busy(
    `stack ${stack.name}: ${waiting.id} (${waiting.runbook}) waits to begin: end it with \`runbook abort --stack ${stack.name}\``,
  );
}

function end(options: Options, plan: TeardownPlan): void {
  if (options.json)
    return void output.write(`${JSON.stringify({ type: "result", exit: EXIT.done, stays: plan.stays })}\n`);
  const stays = plan.stays.map(({ what, until }) => `  ${what}${until === null ? "" : `, until ${until}`}`);
  output.write(
    [`${options.stack} is taken down.`, ...(stays.length === 0 ? [] : ["What stays:", ...stays]), ""].join("\n"),
  );
}

async function teardown(options: Options): Promise<void> {
  const { stack, yes, records, configFile } = options;
  const session = await sessionFor(stack, { records, configFile }, reporterFor(options));
  const removal = openRemoval({ cwd: process.cwd(), name: stack });
  const say = (line: string): void => void errorOutput.write(`${line}\n`);
  await mustBeIdle(session);
  const plan = teardownPlan(deployedIn(await removal.exported()), session.clock.now());
  const loss = teardownText(stack, plan);
  if (options.dryRun) return endDryRun(options, loss.split("\n"));
  await confirm({ loss, word: stack, yes: yes === true });
  await withLease(session, async () => {
    await mustBeIdle(session);
    await takeDown(removal, plan, say);
  });
  end(options, plan);
}

/** `runbook teardown`: takes a whole stack down, and says what stays. */
export function teardownCommand(): Command {
  return new Command("teardown")
    .description(
      "Take a stack down. It first says what is deleted, what stays, for how long and at what cost, and asks.",
    )
    .requiredOption("--stack <name>", "the stack")
    .addOption(recordsOption())
    .option("--config-file <file>", "read the settings from this file instead of Pulumi.STACK.yaml")
    .option("--json", "the result as JSON")
    .option("--yes", "ask nothing")
    .option("--dry-run", "print what would be done and leave")
    .action(async (raw: unknown) => teardown(optionsSchema.parse(raw)));
}
