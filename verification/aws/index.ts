/**
 * `npm run test:aws`: the calls that the AWS provider makes for both stacks' first update, for two rotations of each secret in a row, for
 * the second one called off at every step, and for a teardown. They are derived from what the real engine asks of the provider, made
 * against moto's server, and held against botocore's API models and the rules that neither has. Exit 0 only without a violation.
 */
import { Argument } from "commander";
import { SECRET_NAMES, type SecretName } from "../../infra/releases.ts";
import { STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { actionsOf } from "../iam/actions.ts";
import { rightsOf } from "../iam/granted.ts";
import { judged } from "./judge.ts";
import { type Models, openModels } from "./moto.ts";
import { MUTATIONS } from "./mutations.ts";
import { type RecordedAccount, recordedAccount } from "./recorder/account.ts";
import type { Operation } from "./recorder/journal.ts";
import { replay, type Verdict } from "./replay.ts";
import { report, violationsIn } from "./report.ts";
import { twoRotations } from "./scenario.ts";
import { givenIn } from "./stack-files.ts";

const { args: asked } = scriptCommand(
  "test:aws",
  "Hold the AWS provider's calls against AWS' rules, with moto (python3; installed once).",
)
  .addArgument(
    new Argument("[what...]", "which stages and secrets (all where none is named)").choices([
      ...STAGES,
      ...SECRET_NAMES,
    ]),
  )
  .parse();
const named = SECRET_NAMES.filter((name) => asked.includes(name));
const staged = STAGES.filter((stage) => asked.includes(stage));
const secrets: readonly SecretName[] = named.length === 0 ? SECRET_NAMES : named;
const stages: readonly Stage[] = staged.length === 0 ? STAGES : staged;

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
  await account.teardown(stage);
  say(`${stage}: settled, and taken down`);
}

async function recorded(): Promise<readonly Operation[]> {
  const account = await recordedAccount();
  try {
    await Promise.all(stages.map((stage) => carryOut(account, stage)));
    return account.journal.operations;
  } finally {
    await account.close();
  }
}

/** The rights that the recorded calls need and `docs/iam` doesn't give whoever calls `pulumi up`. */
async function withoutRight(verdicts: readonly Verdict[]): Promise<string[]> {
  const allowed = await rightsOf("pulumi-up.json", "pulumi-up-stores.json");
  return [...new Set(verdicts.flatMap(({ call }) => actionsOf(call)))].filter((action) => !allowed.has(action));
}

/** Proves on changed records that what AWS would refuse is seen. Answers those that weren't. */
async function unseen(models: Models, operations: readonly Operation[]): Promise<string[]> {
  const missed: string[] = [];
  for (const { name, found, mutated } of MUTATIONS) {
    const lines: string[] = [];
    for (const { call, breaches } of judged(mutated(operations))) {
      lines.push(...breaches.map(({ rule, why }) => `rule ${rule}: ${why}`));
      if (call.operation.startsWith("Create")) {
        const { violations } = await models.ask(
          { service: call.service, operation: call.operation, params: call.params },
          "judged",
        );
        lines.push(...violations.map((told) => `model: ${told}`));
      }
    }
    const seen = lines.find((line) => found.test(line));
    say(`  ${seen === undefined ? "NOT SEEN" : "seen"}: ${name}`);
    if (seen === undefined) missed.push(name);
  }
  return missed;
}

async function main(): Promise<void> {
  const given = await givenIn(stages);
  const models = await openModels();
  try {
    const operations = await recorded();
    const verdicts = await replay(models, judged(operations), given);
    say(`\n${report(verdicts)}\n\nWhat a changed input would be refused for:`);
    const missed = await unseen(models, operations);
    const forbidden = await withoutRight(verdicts);
    say(`\nRights that docs/iam lacks: ${forbidden.length === 0 ? "none" : forbidden.join(", ")}`);
    if (forbidden.length > 0 || missed.length > 0 || violationsIn(verdicts).length > 0) process.exitCode = 1;
  } finally {
    await models.close();
  }
}

await main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`test:aws failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
