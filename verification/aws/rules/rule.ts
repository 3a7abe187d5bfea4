import type { Call } from "../calls/call.ts";

/** What one of our rules has against a call. */
export interface Breach {
  /** the rule's name, which is printed */
  rule: string;
  /** what is wrong, with the member's name; never a secret's value */
  why: string;
}

/** A rule of AWS that its API model doesn't have, and moto doesn't keep. */
export interface Rule {
  name: string;
  /** where the real part has it */
  source: string;
  breaches(call: Call): string[];
}
