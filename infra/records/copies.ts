import { type Finding, parseLine } from "./chain.ts";

/** A copy of some of a record's lines that is read in their place, since it takes fewer requests. */
export interface Copy {
  /** its name in the change's folder */
  name: string;
  lines: readonly string[];
  /** the lines that it should have */
  of: readonly string[];
}

const seqOf = (line: string | undefined): number | null => parseLine(line ?? "")?.seq ?? null;

function findingIn({ name, lines, of }: Copy): Finding | null {
  const length = Math.max(lines.length, of.length);
  const place = Array.from({ length }, (_, index) => index).find((index) => lines[index] !== of[index]);
  if (place === undefined) return null;
  const seq = seqOf(of[place]) ?? seqOf(lines[place]) ?? (seqOf(of[place - 1]) ?? 0) + 1;
  return {
    seq,
    problem: `differs in ${name}, a copy that is read in its place: see which of the two was changed, and restore it from the store's older versions or a backup`,
  };
}

/** What is wrong with a record's copies: the first event in which each differs (pure). */
export function copyFindings(copies: readonly Copy[]): Finding[] {
  return copies.flatMap((copy) => findingIn(copy) ?? []);
}
