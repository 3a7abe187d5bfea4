import { printableLine } from "../domain/plain-text.ts";

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

/** A cell's text without what a terminal would obey; its indentation stays. */
function shown(cell: string): string {
  const indentation = /^ */.exec(cell)?.[0] ?? "";
  return `${indentation}${printableLine(cell)}`;
}
