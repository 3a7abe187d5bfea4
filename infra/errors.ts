/** The exit codes of the `runbook` command (README, "Exit codes"). */
export const EXIT = {
  done: 0,
  restored: 1,
  /** a record that was examined isn't as it was written */
  altered: 1,
  refused: 2,
  policy: 3,
  busy: 4,
  stuck: 70,
  waiting: 75,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** What a refusal carries: the exit code and every problem found, each a sentence with its remedy. */
export interface RefusalDetails {
  exit: Exit;
  problems: string[];
  /** what tells it from others, where somebody has to; never its words */
  code?: RefusalCode;
}

/** `no-store`: the record store isn't there, such as before a stack's first update. */
export type RefusalCode = "no-store";

/** An error for people: printed without a stack trace, all problems at once. */
export class Refusal extends Error {
  readonly exit: Exit;
  readonly problems: string[];
  readonly code: RefusalCode | null;

  constructor(details: RefusalDetails) {
    super(details.problems.join("\n"));
    this.name = "Refusal";
    this.exit = details.exit;
    this.problems = details.problems;
    this.code = details.code ?? null;
  }
}

/** Refuses bad input (exit 2) with one or more problems. */
export function badInput(...problems: string[]): Refusal {
  return new Refusal({ exit: EXIT.refused, problems });
}

/** Refuses what somebody else is at work on (exit 4). */
export function busy(...problems: string[]): Refusal {
  return new Refusal({ exit: EXIT.busy, problems });
}

/** Gives up what could not be finished or brought back (exit 70): a person is needed. */
export function needsPerson(...problems: string[]): Refusal {
  return new Refusal({ exit: EXIT.stuck, problems });
}
