import { userInfo } from "node:os";
import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { z } from "zod";
import { badInput } from "../errors.ts";

const commonSchema = z.object({
  onCall: z.string().optional(),
  reason: z.string().optional(),
  override: z.string().optional(),
  records: z.string().optional(),
  configFile: z.string().optional(),
  json: z.literal(true).optional(),
  wait: z.literal(true).optional(),
  yes: z.literal(true).optional(),
  dryRun: z.literal(true).optional(),
  supersede: z.literal(true).optional(),
});

/** The options that every change takes, parsed. */
export type Common = z.infer<typeof commonSchema>;

/** The option that names the record store. */
export function recordsOption(): Option {
  return new Option(
    "--records <url>",
    "where change records are kept (else RUNBOOKS_RECORDS, else the stack's setting records)",
  );
}

/** A command that runs a change, with the options that all of them take. */
export function changeCommand(name: string): Command {
  return new Command(name)
    .option("--on-call <name>", "who is on call for this change (else the stack's setting onCall)")
    .option("--reason <text>", "why, for the change record")
    .option(
      "--override <reason>",
      "start outside the change windows, in a freeze or without approvals; the reason is kept in the record",
    )
    .addOption(recordsOption())
    .option("--config-file <file>", "read the settings from this file instead of Pulumi.STACK.yaml")
    .option("--json", "one event per line on stdout; the last one is the result")
    .option("--wait", "stay through long waits and show progress, instead of leaving with 75")
    .option("--yes", "ask nothing");
}

/** A command that begins or ends a change, which it can also only tell of. */
export function plannedCommand(name: string): Command {
  return changeCommand(name).option("--dry-run", "print the steps and leave");
}

export function parseCommon(options: unknown): Common {
  return commonSchema.parse(options);
}

/**
 * The stacks of a `--stack` that takes two, in their order.
 * @throws Refusal (exit 2) where it names none, one twice, or more, or two with one file of settings
 */
export function stacksIn(text: string, { configFile }: Pick<Common, "configFile">): string[] {
  const stacks = text.split(",").map((name) => name.trim());
  if (stacks.length > 1 && configFile !== undefined) {
    throw badInput("--config-file: each stack has settings of its own: name one stack");
  }
  if (stacks.every((name) => name !== "") && new Set(stacks).size === stacks.length && stacks.length <= 2)
    return stacks;
  throw badInput(`--stack: "${text}" isn't understood: name one stack, or two as in staging,production`);
}

/** Who started the change: CI says so, else the user of this machine. */
export function startedBy(): string {
  return process.env.GITHUB_ACTOR ?? process.env.GITLAB_USER_LOGIN ?? process.env.USER ?? userInfo().username;
}

/**
 * Reads a secret's value from stdin, to its end.
 * @throws Refusal (exit 2) on a terminal, where it would be shown
 */
export async function readSecretValue(): Promise<string> {
  if (process.stdin.isTTY === true) {
    throw badInput(
      "--value-stdin: stdin is a terminal, which would show it: pipe the value in, or redirect it from a file",
    );
  }
  return (await text(process.stdin)).trim();
}
