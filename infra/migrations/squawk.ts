import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { badInput } from "../changes/refusal.ts";

/** Rules of taste, and those that the runbook takes care of itself: one transaction under a lock_timeout, in a Job with a deadline. */
const LEFT_OUT = [
  "prefer-robust-stmts",
  "require-lock-timeout",
  "require-statement-timeout",
  "require-timeout-settings",
  "require-table-schema",
  "prefer-bigint-over-int",
  "prefer-bigint-over-smallint",
  "prefer-identity",
  "prefer-text-field",
  "prefer-timestamp-tz",
  "prefer-repack",
  "ban-char-field",
];

const reportSchema = z.array(
  z.object({
    /** from 0 */
    line: z.int(),
    message: z.string(),
    help: z.string().nullable(),
    rule_name: z.string(),
  }),
);

/** One thing that squawk has found, its line from 0. */
export type Report = z.infer<typeof reportSchema>[number];

const PROGRAM = fileURLToPath(import.meta.resolve("squawk-cli/js/bin/squawk"));

/**
 * Lints SQL that runs in one transaction (https://squawkhq.com); a `-- squawk-ignore RULE` above a statement excuses it.
 * @throws Refusal (exit 2) where squawk's program isn't there or can't read the text
 */
export async function squawk(sql: string): Promise<Report[]> {
  const args = [PROGRAM, "--reporter", "json", "--assume-in-transaction", "--exclude", LEFT_OUT.join(",")];
  // In a folder of nobody's: a configuration that lies about can't excuse anything.
  const child = spawn(process.execPath, [...args, "--stdin-filepath", "migration.sql"], { cwd: tmpdir() });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(sql);
  await ended;
  try {
    return reportSchema.parse(JSON.parse(output.stdout));
  } catch {
    const why = output.stderr.trim().split("\n").at(-1) ?? "";
    throw badInput(`--migrations: squawk can't lint them (${why}): install the optional packages of squawk-cli too`);
  }
}
