import pc from "picocolors";
import { type Figure, figureOf, ratioOf } from "./measure.ts";

export type Write = (line: string) => void;

/** A row of a table: what was measured, beside what it is held against. */
export interface Row {
  what: string;
  seconds: readonly number[];
  /** null where this row is what others are held against */
  against: readonly number[] | null;
  /** the ratio that the design asks for, where it asks for one */
  target: number | null;
}

function inSeconds({ median, least, most }: Figure): string {
  return `${median.toFixed(2)} s (${least.toFixed(2)}..${most.toFixed(2)})`;
}

function asRatio({ median, least, most }: Figure): string {
  return `${median.toFixed(2)} x (${least.toFixed(2)}..${most.toFixed(2)})`;
}

/** Prints figures as a table: the median and the range of each, the ratio to its counterpart, the target. */
export function printTable(write: Write, title: string, rows: readonly Row[]): void {
  write("");
  write(pc.bold(title));
  write("| measured | seconds: median (range) | ratio: median (range) | target |");
  write("| --- | --- | --- | --- |");
  for (const { what, seconds, against, target } of rows) {
    const ratio = against === null ? "1" : asRatio(ratioOf(seconds, against));
    write(`| ${what} | ${inSeconds(figureOf(seconds))} | ${ratio} | ${target === null ? "-" : `< ${target} x`} |`);
  }
}
