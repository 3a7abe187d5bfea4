import assert from "node:assert/strict";
import { Command, CommanderError } from "commander";
import { main, runbookProgram } from "../../infra/cli/main.ts";
import { listenToUsage, type Told, usageHint, usageProblems } from "../../infra/cli/usage.ts";
import { EXIT, needsPerson } from "../../infra/errors.ts";
import { everythingCaptured } from "../../infra/records/redaction/captured-output.ts";

/** What a command line is answered with. */
async function answered(...args: string[]): Promise<{ problems: string[]; hint: string }> {
  const program = await runbookProgram(args[0], { sandbox: async () => new Command("sandbox") });
  const told: Told[] = [];
  listenToUsage(program, (one) => told.push(one));
  const error: unknown = await program.parseAsync(args, { from: "user" }).catch((thrown: unknown) => thrown);
  const last = told.at(-1);
  assert.ok(error instanceof CommanderError && last !== undefined, String(error));
  return { problems: usageProblems(last, error, args), hint: usageHint(last.command) };
}

describe("an error that a command ends with", () => {
  it("is printed without the password of a URL that it quotes", async () => {
    const failing = new Command("fail").action(() => {
      throw needsPerson("Job app-migrate: postgres://app:Pa55word@db/app can't be reached");
    });
    assert.equal(await main(["fail"], { fail: async () => failing }), EXIT.stuck);
    const printed = everythingCaptured().map(({ text }) => text);
    assert.match(printed.join("\n"), /error: Job app-migrate: postgres:\/\/app:.redacted.@db\/app can't be reached/);
    assert.doesNotMatch(printed.join("\n"), /Pa55word/);
  });
});

describe("a command line that isn't understood", () => {
  it("has every option named that is missing, and those that were misspelt", async () => {
    const { problems, hint } = await answered("deploy", "--stak", "staging");
    assert.deepEqual(problems, [
      "unknown option '--stak' (Did you mean --stack?)",
      "--stack <name> is missing: the stack, such as staging",
      "--release <file> is missing: the release manifest (YAML or JSON; - for stdin)",
    ]);
    assert.match(hint, /runbook deploy --help .*for example: runbook deploy --stack staging --release/);
  });

  it("takes what stands behind -- for no option, and an option with its value for one", async () => {
    const { problems } = await answered("abort", "--reason=because", "--", "--stack");
    assert.deepEqual(problems, ["--stack <name> is missing: the stack"]);
  });

  it("has a misspelt command named with the one that was meant, in one line", async () => {
    const { problems, hint } = await answered("depoly", "--stack", "staging");
    assert.deepEqual(problems, ["unknown command 'depoly' (Did you mean deploy?)"]);
    assert.equal(hint, "(runbook --help lists the commands)");
    const { problems: ofSandbox } = await answered("sandbx", "up");
    assert.deepEqual(ofSandbox, ["unknown command 'sandbx' (Did you mean sandbox?)"]);
  });

  it("has the choices named where a value is none of them", async () => {
    const { problems } = await answered("rotate", "REDIS", "--stack", "staging");
    assert.match(
      problems.join(),
      /'REDIS' is invalid .*Allowed choices are SUPABASE_KEY, SESSION_SECRET, AFM_KEY, REDIS_URL/,
    );
  });
});
