import { randomInt } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** Which characters a random text is made of, and how many of each kind it has at least. */
export interface TextOptions {
  length: number;
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  special: boolean;
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
  overrideSpecial?: string | undefined;
}

const pick = (alphabet: string): string => alphabet[randomInt(alphabet.length)] ?? "";
const several = (count: number, alphabet: string): string[] => Array.from({ length: count }, () => pick(alphabet));

function shuffled(characters: readonly string[]): string[] {
  const mixed = [...characters];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [mixed[last], mixed[other]] = [mixed[other] ?? "", mixed[last] ?? ""];
  }
  return mixed;
}

/** A text of cryptographically random characters; the options have been checked before. */
export function randomText(options: TextOptions): string {
  const special = options.overrideSpecial ?? SPECIAL;
  const alphabet = [
    options.lower ? LOWER : "",
    options.upper ? UPPER : "",
    options.numeric ? DIGITS : "",
    options.special ? special : "",
  ].join("");
  const needed = [
    ...several(options.minLower, LOWER),
    ...several(options.minUpper, UPPER),
    ...several(options.minNumeric, DIGITS),
    ...several(options.minSpecial, special),
  ];
  return shuffled([...needed, ...several(options.length - needed.length, alphabet)]).join("");
}
