import { printableLine } from "../domain/plain-text.ts";
import type { Line } from "../runbooks/verify-release/check.ts";

/** Lays rows out in columns, the last one free to be long (pure). */
export function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map((cell) => (/^\s*$/.test(cell) ? cell : shown(cell))));
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Checks in a table, and below it that all hold, or what to do about those that don't (pure). */
export function checksText(lines: readonly Line[], well: string, ill: string): string {
  const rows = lines.map(({ check, holds, evidence }) => [holds ? "ok" : "NO", check, evidence]);
  const remedies = lines.flatMap(({ check, holds, remedy }) => (holds ? [] : [`  ${check}: ${remedy}`]));
  return `${table(rows)}\n\n${remedies.length === 0 ? well : [ill, ...remedies].join("\n")}\n`;
}

/** A cell's text without what a terminal would obey; its indentation stays. */
function shown(cell: string): string {
  const indentation = /^ */.exec(cell)?.[0] ?? "";
  return `${indentation}${printableLine(cell)}`;
}
