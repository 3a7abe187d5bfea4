import type { Expected } from "./cases.ts";
import type { Played } from "./play.ts";

const HEAD = ["canary", "what is wrong", "expected", "what happened", "at", "users hit", "failed", "verdict", "back"];

const inWords = (expected: Expected): string =>
  expected.ends === "passes" ? "passes" : `taken back by ${expected.by.join(" or ")}`;
const seconds = (value: number | null): string => (value === null ? "-" : `${value.toFixed(1)} s`);

function rowOf({ case: one, told, users, wrong }: Played): string[] {
  const happened = told.exit === 0 ? "passes" : `taken back by ${told.gate ?? "no gate"}`;
  return [
    one.name,
    one.wrong,
    inWords(one.expected),
    wrong.length === 0 ? happened : `${happened}: WRONG`,
    `${(told.steps.at(-1) ?? "canary-0").replace("canary-", "")} %`,
    String(users.requests),
    String(users.failed),
    seconds(told.decidedAfter),
    seconds(told.backAfter),
  ];
}

/**
 * The canaries as a table, one a line (pure): users' requests that the canary answered until all traffic was back, how many of those
 * failed, and the seconds from its first weight to the verdict and to the way back's end.
 */
export function tableOf(played: readonly Played[]): string {
  const lines = [HEAD, ...played.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
