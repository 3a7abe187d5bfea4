/** What a person asks for, and why. */
export interface Asked {
  by: string;
  reason: string;
}

/** The same for an open change. */
export interface AskedOfChange extends Asked {
  change: string;
}

/** A way back that is asked for. */
export interface AskedBack extends Asked {
  /** the release that had the traffic when the page was made: another one by now is another question */
  from: string;
  /** the id of the release to go back to */
  to: string;
}

/**
 * What a person may do with a stack: what the commands of the same names do, by the same rules. Each answers what is said to the person.
 * All of them throw Refusal where it may not be done, or is done already.
 */
export interface StackActions {
  approve(asked: AskedOfChange): Promise<string>;
  abort(asked: AskedOfChange): Promise<string>;
  resume(asked: AskedOfChange): Promise<string>;
  rollback(asked: AskedBack): Promise<string>;
}
