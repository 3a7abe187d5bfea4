/** What a person asks for, and why. */
export interface Asked {
  by: string;
  reason: string;
}

/** The same for an open change. */
export interface AskedOfChange extends Asked {
  change: string;
}

/** A rollback that is asked for. */
export interface AskedBack extends Asked {
  /** the release that had the traffic when the page was made; if another one has it now, nothing is done */
  from: string;
  /** the id of the release to go back to */
  to: string;
}

/**
 * What a person may do with a stack: as the commands of the same names, by the same rules. Each returns what the person is told.
 * Each throws Refusal where it may not be done, or is done already.
 */
export interface StackActions {
  approve(asked: AskedOfChange): Promise<string>;
  abort(asked: AskedOfChange): Promise<string>;
  resume(asked: AskedOfChange): Promise<string>;
  rollback(asked: AskedBack): Promise<string>;
}
