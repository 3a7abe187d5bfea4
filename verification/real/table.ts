import { differing, type Played, type Row } from "../scenarios/play.ts";
import { PARTS } from "../scenarios/world.ts";

function cell(played: Played | undefined): string {
  if (played === undefined) return "-";
  switch (played.outcome) {
    case "holds":
      return `holds (${played.seconds.toFixed(0)} s)`;
    case "fails":
      return `FAILS (${played.seconds.toFixed(0)} s)`;
    case "left out":
      return "no stand-in";
  }
}

function verdict({ played }: Row): string {
  const [one, other] = PARTS.map((parts) => played[parts]);
  if (one?.outcome !== "holds" || other?.outcome !== "holds") return "-";
  return differing(one.seen, other.seen).length === 0 ? "yes" : "NO";
}

/** The scenarios as a table: how each went on which parts, and whether both have shown the same (pure). */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    ["scenario", ...PARTS, "seen alike"],
    ...rows.map((row) => [row.scenario.name, ...PARTS.map((parts) => cell(row.played[parts])), verdict(row)]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
