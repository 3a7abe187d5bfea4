/**
 * `npm run test:aws`: the calls that the AWS provider makes for both stacks' first update, for two rotations of each secret in a row, for
 * the second one called off at every step, and for a teardown. They are derived from what the real engine asks of the provider, made
 * against moto's server, and held against botocore's API models and the rules that neither has. Exit 0 only without a violation.
 */
import { existsSync } from "node:fs";
import { Argument, Option } from "commander";
import { z } from "zod";
import { SECRET_NAMES, type SecretName } from "../../infra/domain/releases.ts";
import { STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { judged } from "./judge.ts";
import { openModels } from "./moto.ts";
import { MUTATIONS } from "./mutations.ts";
import { type RecordedAccount, recordedAccount } from "./recorder/account.ts";
import type { Recorded } from "./recorder/journal.ts";
import { keep, kept } from "./recorder/kept.ts";
import { replay } from "./replay.ts";
import { report, rightsReport, violationsIn } from "./report.ts";
import { rightsAgainst } from "./rights.ts";
import { twoRotations } from "./scenario.ts";
import { seenIn } from "./seen.ts";
import { givenIn } from "./stack-files.ts";

const command = scriptCommand(
  "test:aws",
  "Hold the AWS provider's calls against AWS' rules, with moto (python3; installed once).",
)
  .addArgument(
    new Argument("[what...]", "which stages and secrets (all where none is named)").choices([
      ...STAGES,
      ...SECRET_NAMES,
    ]),
  )
  .option("--recording <file>", "keep there what the provider was asked, or judge what is kept there already")
  .addOption(
    new Option("--mutated <input>", "change an input to one that AWS refuses: must end with 1").choices(
      MUTATIONS.map(({ id }) => id),
    ),
  )
  .parse();
const { args: asked } = command;
const options = z.object({ recording: z.string().optional(), mutated: z.string().optional() }).parse(command.opts());
const named = SECRET_NAMES.filter((name) => asked.includes(name));
const staged = STAGES.filter((stage) => asked.includes(stage));
const secrets: readonly SecretName[] = named.length === 0 ? SECRET_NAMES : named;
const stages: readonly Stage[] = staged.length === 0 ? STAGES : staged;
const isWhole = stages.length === STAGES.length && secrets.length === SECRET_NAMES.length;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function carryOut(account: RecordedAccount, stage: Stage): Promise<void> {
  const first = await account.firstUpdate(stage);
  say(`${stage}: the first update is made`);
  const moves = twoRotations(first, secrets);
  for (const [index, move] of moves.entries()) {
    await account.move(stage, move.from, move.to, move.issued);
    say(`${stage}: ${index + 1} of ${moves.length} updates: ${move.title}`);
  }
  await account.mustBeSettled(stage);
  await account.refresh(stage);
  await account.mustBeSettled(stage);
  await account.teardown(stage);
  say(`${stage}: settled, read back, and taken down`);
}

async function recorded(): Promise<readonly Recorded[]> {
  const { recording } = options;
  if (recording !== undefined && existsSync(recording)) return kept(recording);
  const account = await recordedAccount();
  try {
    // The other stage's engine writes until it ends: where one fails, the account is closed behind both.
    const ends = await Promise.allSettled(stages.map((stage) => carryOut(account, stage)));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    if (recording !== undefined) await keep(recording, account.journal.operations);
    return account.journal.operations;
  } finally {
    await account.close();
  }
}

/** Changes what was recorded where that is asked for. */
function asGiven(operations: readonly Recorded[]): readonly Recorded[] {
  const mutation = MUTATIONS.find(({ id }) => id === options.mutated);
  if (mutation === undefined) return operations;
  say(`changed: ${mutation.name}`);
  return mutation.mutated(operations);
}

async function main(): Promise<void> {
  const given = await givenIn(stages);
  const models = await openModels();
  try {
    const operations = asGiven(await recorded());
    const calls = judged(operations);
    const verdicts = await replay(models, calls, given);
    say(`\n${report(verdicts)}`);
    const seen = await seenIn(models, operations);
    say("\nWhat a changed input would be refused for:");
    for (const { name, isSeen } of seen) say(`  ${isSeen ? "seen" : "NOT SEEN"}: ${name}`);
    const rights = await rightsAgainst(calls);
    say(`\n${rightsReport(rights)}`);
    const wrong = [
      violationsIn(verdicts).length > 0,
      seen.some(({ isSeen }) => !isSeen),
      rights.up.lacking.length > 0 || rights.rotate.lacking.length > 0,
      // A part of the run needs a part of the rights.
      isWhole && rights.rotate.unused.length > 0,
    ];
    if (wrong.includes(true)) process.exitCode = 1;
  } finally {
    await models.close();
  }
}

await main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`test:aws failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
