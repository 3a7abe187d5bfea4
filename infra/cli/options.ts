import { access, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { Command } from "commander";
import { z } from "zod";
import { badInput } from "../changes/refusal.ts";
import { createReporter, type Reporter } from "../changes/reporter/index.ts";
import { openSession, type Session } from "../changes/session.ts";
import { type Manifest, parseManifest } from "../manifest.ts";

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

/** A command that carries out a change, with the options that all of them take. */
export function changeCommand(name: string): Command {
  return new Command(name)
    .option("--on-call <name>", "who is on call for this change (else the stack's setting onCall)")
    .option("--reason <text>", "why, for the change record")
    .option(
      "--override <reason>",
      "begin outside the change windows, in a freeze, without approvals; the record keeps why",
    )
    .option(
      "--records <url>",
      "where change records are kept (else RUNBOOKS_RECORDS, else the stack's setting records)",
    )
    .option("--config-file <file>", "read the settings from this file instead of Pulumi.STACK.yaml")
    .option("--json", "one event per line on stdout; the last one is the result")
    .option("--wait", "stay through long waits and show progress, instead of leaving with 75")
    .option("--yes", "ask nothing")
    .option("--dry-run", "print the steps and leave");
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

export function reporterFor(common: Pick<Common, "json">): Reporter {
  const live = process.stdout.isTTY === true && process.env.CI === undefined;
  const mode = common.json ? "json" : live ? "terminal" : "plain";
  return createReporter(mode, { stdout: process.stdout, stderr: process.stderr });
}

/** Opens a stack's session from the common options. */
export async function sessionFor(stack: string, common: Common, reporter: Reporter): Promise<Session> {
  await mustRead(common.configFile);
  return openSession({
    cwd: process.cwd(),
    stack,
    onCall: common.onCall ?? null,
    records: common.records ?? null,
    configFile: common.configFile,
    override: common.override,
    reporter,
  });
}

/** The engine would take a settings file that isn't there for one that is empty. */
async function mustRead(configFile: string | undefined): Promise<void> {
  if (configFile === undefined) return;
  await access(configFile).catch((error: NodeJS.ErrnoException) => {
    throw badInput(
      `--config-file: ${configFile} can't be read (${error.code ?? error.message}): name the settings' file`,
    );
  });
}

/** Reads a release manifest's file; `-` is stdin. */
export async function readManifest(file: string): Promise<Manifest> {
  const text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw badInput(`--release: ${file} can't be read (${error.code ?? error.message}): name the manifest's file`);
  });
  return parseManifest(text, file);
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
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  return text.trim();
}
