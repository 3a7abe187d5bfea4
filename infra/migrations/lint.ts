import type { MigrationFile } from "./files.ts";
import type { Finding } from "./finding.ts";
import { hasStatement } from "./sections.ts";
import { type Report, type Script, squawk } from "./squawk.ts";
import { runsOutsideAlone, statementsOf } from "./statements.ts";

/** What the release before still relies on while an expanding migration runs, and how the same is got in two steps. */
const BREAKS: Readonly<Record<string, string>> = {
  "ban-drop-table": "Stop using it in this release, and drop it in a later migration with phase: contract.",
  "ban-drop-column": "Stop using it in this release, and drop it in a later migration with phase: contract.",
  "renaming-table":
    "Add the new one (a view will do), and drop the old name in a later migration with phase: contract.",
  "renaming-column": "Add the new column, write both, and drop the old one in a later migration with phase: contract.",
  "changing-column-type": "Add a column of the new type, write both, and drop the old one with phase: contract.",
  "adding-required-field": "Give it a default or leave it nullable: the release before doesn't write it.",
  "adding-not-nullable-field": "The release before may write null: add the constraint with phase: contract.",
};
/** What throws rows away, whatever the down says. */
const LOSES = new Set(["ban-drop-table", "ban-drop-column", "ban-truncate-cascade"]);
/** What is wrong in any migration, up or down. */
const ALWAYS: Readonly<Record<string, string>> = {
  "syntax-error": "Correct the statement.",
  "transaction-nesting": "Leave begin and commit out: every migration runs in the transaction of the whole run.",
  "ban-uncommitted-transaction": "Leave begin out: every migration runs in the transaction of the whole run.",
  "ban-drop-database": "Leave it out: a migration is of one database.",
};
/** A file of its own, which says so, is where these can run. */
const OUTSIDE = 'Put it alone into a migration that says "-- transaction: no"';
/** What squawk answers by CONCURRENTLY, which can't run beside the other statements of a migration. */
const WANTS_CONCURRENTLY = new Set([
  "require-concurrent-index-creation",
  "require-concurrent-index-deletion",
  "require-concurrent-reindex",
  "require-concurrent-detach-partition",
]);
/** Told by `judgeTransaction`, which sees every such statement, a lone one too. */
const JUDGED_HERE = new Set([
  "ban-concurrent-index-creation-in-transaction",
  "ban-concurrent-index-deletion-in-transaction",
  "concurrent-index-in-transaction",
]);
const LOCKS_REMEDY = "Excuse it with `-- squawk-ignore RULE` above the statement where the table is small.";

type Judged = Pick<Finding, "rule" | "level" | "remedy"> & { message?: string };

function judge({ rule_name: rule, help }: Report, { migration }: MigrationFile, direction: "up" | "down"): Judged[] {
  if (JUDGED_HERE.has(rule)) return [];
  const always = ALWAYS[rule];
  if (always !== undefined) return [{ rule, level: "error", remedy: always }];
  // A down drops what its up has made: whether it brings the schema back is for the proof.
  if (direction === "down") return [];
  const breaks = BREAKS[rule];
  if (migration.phase === "expand" && breaks !== undefined) return [{ rule, level: "error", remedy: breaks }];
  if (migration.reversible === "yes" && LOSES.has(rule)) {
    const message = "It says reversible: yes, but no down brings back the rows that this throws away.";
    return [{ rule: "reversible-drop", level: "error", message, remedy: 'Say "-- reversible: lossy" or "no".' }];
  }
  if (migration.phase === "contract" && (breaks !== undefined || LOSES.has(rule))) return [];
  if (WANTS_CONCURRENTLY.has(rule)) {
    const message = "It blocks writes to the table, or more, until it is done.";
    return [
      {
        rule,
        level: "warning",
        message,
        remedy: `${OUTSIDE}, with CONCURRENTLY. ${LOCKS_REMEDY.replace("RULE", rule)}`,
      },
    ];
  }
  return [{ rule, level: "warning", remedy: help ?? LOCKS_REMEDY.replace("RULE", rule) }];
}

/** What squawk has found, with the weight that it has in this migration (pure). */
function judgeReports(reports: readonly Report[], migration: MigrationFile, direction: "up" | "down"): Finding[] {
  return reports.flatMap((report) =>
    judge(report, migration, direction).map(({ message = report.message, ...judged }) => ({
      file: migration.file,
      line: report.line + 1,
      message,
      ...judged,
    })),
  );
}

/** What a file has to bring, given what its header says (pure). */
function judgeSections({ file, migration, sections }: MigrationFile): Finding[] {
  const findings: Finding[] = [];
  const add = (level: Finding["level"], rule: string, message: string, remedy: string) =>
    findings.push({ file, line: 1, rule, level, message, remedy });
  const { id, reversible } = migration;
  if (!hasStatement(sections.up)) {
    add("error", "up-missing", `${id} does nothing.`, 'Write its statements below "-- Up Migration".');
  }
  const undoes = sections.down !== null && hasStatement(sections.down);
  if (reversible !== "no" && !undoes) {
    const remedy = 'Write it below "-- Down Migration", or say "-- reversible: no".';
    add("error", "down-missing", `It says reversible: ${reversible}, but there is no down.`, remedy);
  }
  if (reversible === "no" && undoes) {
    const remedy = 'Say "lossy" or "yes", or remove the down: nothing will run it.';
    add("warning", "down-unused", "It says reversible: no, but there is a down.", remedy);
  }
  return findings;
}

const IN_TRANSACTION = {
  rule: "outside-transaction",
  message: "It can't run in a transaction, and every migration runs in that of the whole run.",
  remedy: `${OUTSIDE}.`,
};
const IN_NONE = {
  rule: "one-statement",
  message: 'It says "transaction: no", so nothing undoes the statements before one that fails.',
  remedy: "Leave one statement in each half, and put the others into migrations of their own.",
};

/** What can't run where the file says that it runs: in the whole run's transaction, or outside of any (pure). */
function judgeTransaction({ file, sections, inTransaction }: MigrationFile): Finding[] {
  const { rule, message, remedy } = inTransaction ? IN_TRANSACTION : IN_NONE;
  return [sections.up, sections.down ?? ""].flatMap((section) => {
    const statements = statementsOf(section);
    const wrong = inTransaction ? statements.filter(runsOutsideAlone) : statements.slice(1);
    return wrong.map(({ line }): Finding => ({ file, line: line + 1, rule, level: "error", message, remedy }));
  });
}

/** Lints migrations, each half as what it is: findings in the order of the files and lines. */
export async function lintMigrations(migrations: readonly MigrationFile[]): Promise<Finding[]> {
  const halves = migrations.flatMap(
    (migration): (Script & { migration: MigrationFile; direction: "up" | "down" })[] => {
      const { sections, inTransaction } = migration;
      const up = { migration, direction: "up" as const, sql: sections.up, inTransaction };
      return sections.down === null ? [up] : [up, { ...up, direction: "down", sql: sections.down }];
    },
  );
  const reports = await squawk(halves);
  const judged = Map.groupBy(
    halves.map((half, index) => ({ half, reports: reports[index] ?? [] })),
    ({ half }) => half.migration,
  );
  return migrations.flatMap((migration) => {
    const findings = [
      ...judgeSections(migration),
      ...judgeTransaction(migration),
      ...(judged.get(migration) ?? []).flatMap((one) => judgeReports(one.reports, migration, one.half.direction)),
    ];
    return findings.sort((one, other) => one.line - other.line);
  });
}
