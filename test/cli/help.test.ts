import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { completedOf, completionScript } from "../../infra/cli/completion.ts";
import { EXAMPLES, pathOf } from "../../infra/cli/examples.ts";
import { runbookProgram } from "../../infra/cli/main.ts";

const program = await runbookProgram(undefined, {});
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const commands = all(program).slice(1);

/** The words of a line, as a shell would split it. */
const wordsOf = (line: string): string[] => [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word);

describe("the help", () => {
  it("has examples for every command, and each names a command and options that there are", () => {
    const known = new Map(commands.map((command) => [pathOf(command), command]));
    for (const path of known.keys()) assert.ok((EXAMPLES[path] ?? []).length > 0, `${path} has no example`);
    for (const [path, command] of known) {
      for (const line of EXAMPLES[path] ?? []) {
        const [name, ...words] = wordsOf(line);
        assert.deepEqual([name, ...words.slice(0, path.split(" ").length)], ["runbook", ...path.split(" ")], line);
        if (command.commands.length > 0) continue;
        const given = words.filter((word) => word.startsWith("--"));
        for (const option of given)
          assert.ok(
            command.options.some(({ long }) => long === option),
            `${line}: ${option}`,
          );
        for (const { long, mandatory } of command.options) {
          if (mandatory && long != null)
            assert.ok(given.includes(long) || command.getOptionValue(long.slice(2)) !== undefined, `${line}: ${long}`);
        }
      }
    }
  });

  it("says of every command and option what it does", () => {
    for (const command of commands) {
      assert.notEqual(command.description(), "", pathOf(command));
      for (const { flags, description } of command.options)
        assert.notEqual(description, "", `${pathOf(command)} ${flags}`);
    }
  });
});

describe("the completion in bash", () => {
  const room = mkdtempSync(join(tmpdir(), "completion-"));
  const script = join(room, "runbook.bash");
  before(() => {
    writeFileSync(script, completionScript("bash", completedOf(program)));
    writeFileSync(join(room, "Pulumi.blue.yaml"), "");
  });
  after(() => rmSync(room, { recursive: true }));

  const completed = (...words: string[]): string[] => {
    const line = `source ${script}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _runbook; echo "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", line], { cwd: room, encoding: "utf8" }).trim().split(/\s+/);
  };

  it("offers commands, those below them, options, and the stacks whose files stand there", () => {
    assert.deepEqual(completed("runbook", "rol"), ["rollback"]);
    assert.deepEqual(completed("runbook", "records", "s"), ["show"]);
    assert.deepEqual(completed("runbook", "approve", "--re").sort(), ["--reason", "--records"]);
    assert.deepEqual(completed("runbook", "deploy", "--stack", ""), ["blue"]);
  });
});
