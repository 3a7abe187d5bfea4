import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import { badInput } from "../errors.ts";

/** Rules of taste, and those that the runbook takes care of itself: one transaction under a lock_timeout (the Job's
 * PGOPTIONS), in a Job with a deadline. */
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

/** How many files one process is given; each name is short, so that the command line stays far under any system's limit. */
const FILES_A_PROCESS = 500;

const reportSchema = z.array(
  z.object({
    file: z.string(),
    /** from 0 */
    line: z.int(),
    message: z.string(),
    help: z.string().nullable(),
    rule_name: z.string(),
  }),
);

/** One thing that squawk has found, its line from 0. */
export type Report = Omit<z.infer<typeof reportSchema>[number], "file">;

/** A text to lint, and whether it runs in a transaction. */
export interface Script {
  sql: string;
  inTransaction: boolean;
}

const PROGRAM = fileURLToPath(import.meta.resolve("squawk-cli/js/bin/squawk"));

/** Runs squawk once over files of a folder, and gives what it has found in each. */
async function squawkFiles(
  folder: string,
  names: readonly string[],
  inTransaction: boolean,
): Promise<Map<string, Report[]>> {
  const args = [
    PROGRAM,
    "--reporter",
    "json",
    "--exclude",
    LEFT_OUT.join(","),
    ...(inTransaction ? ["--assume-in-transaction"] : []),
  ];
  const child = spawn(process.execPath, [...args, ...names], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  try {
    return Map.groupBy(reportSchema.parse(JSON.parse(stdout)), ({ file }) => basename(file));
  } catch {
    const why = stderr.trim().split("\n").at(-1) ?? "";
    throw badInput(`--migrations: squawk can't lint them (${why}): install the optional packages of squawk-cli too`);
  }
}

/**
 * Lints SQL (https://squawkhq.com), many texts in one process; a `-- squawk-ignore RULE` above a statement excuses it.
 * @returns what was found in each, in their order
 * @throws Refusal (exit 2) where squawk's program isn't there or can't read the text
 */
export async function squawk(scripts: readonly Script[]): Promise<Report[][]> {
  if (scripts.length === 0) return [];
  // A folder of nobody's: a configuration that lies about can't excuse anything.
  const folder = await temporaryFolder("squawk-");
  try {
    const found = new Map<string, Report[]>();
    for (let from = 0; from < scripts.length; from += FILES_A_PROCESS) {
      const batch = scripts
        .slice(from, from + FILES_A_PROCESS)
        .map((script, index) => ({ ...script, name: `${from + index}.sql` }));
      await Promise.all(batch.map(({ name, sql }) => writeFile(join(folder, name), sql)));
      for (const inTransaction of [true, false]) {
        const names = batch.filter((script) => script.inTransaction === inTransaction).map(({ name }) => name);
        if (names.length === 0) continue;
        for (const [name, reports] of await squawkFiles(folder, names, inTransaction)) found.set(name, reports);
      }
    }
    return scripts.map((_, index) => found.get(`${index}.sql`) ?? []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
