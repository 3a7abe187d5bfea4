/** What an issuer lets us do with its credentials. */
export interface Abilities {
  /** Two credentials may be valid at once; without it a rotation has a gap that the provider forces. */
  readonly overlap: boolean;
  /** Who makes a value: the program (@pulumi/random), the issuer's API, or the operator, who gets it from the issuer by hand. */
  readonly mint: "program" | "issuer" | "operator";
  /** `revoke` withdraws. Without it a stack update (mint: program) or the operator does, and the negative probe proves it. */
  readonly revoke: boolean;
  /** The issuer says which credentials it accepts, or shows their use. */
  readonly introspect: boolean;
}

/** A credential as its issuer lists it. */
export interface Accepted {
  readonly id: string;
  readonly name: string;
}

/** What a login with a value came to; `unknown` where nobody could say, with the cause, which holds no value. */
export type Probed = { answer: "accepted" | "refused" } | { answer: "unknown"; why: string };

/**
 * Who accepts a credential: what it can do and what it says. Values stay in memory, and no error carries one.
 * Every call is find-or-create: repeated after a crash it does what is missing and no more.
 */
export interface Issuer {
  readonly abilities: Abilities;
  /**
   * Finds or makes the credential named after the change.
   * @throws Error where the program or the operator makes the values (`abilities.mint`)
   */
  mint(name: string): Promise<{ id: string; value: string }>;
  /** A real authentication with the value. */
  probe(value: string): Promise<Probed>;
  /** The id of a value that the issuer knows; null where it doesn't, or can't say. */
  identify(value: string): Promise<string | null>;
  /** The credentials the issuer accepts now, by its own list; null where it can't say. */
  accepted(): Promise<readonly Accepted[] | null>;
  /**
   * How often the issuer saw the credential used since a time in milliseconds since the epoch; null where it can't say.
   * Redis counts connections that are open now, the ring counts verifications, Supabase and AFM say 1 for "after that time".
   */
  uses(id: string, since: number): Promise<number | null>;
  /**
   * Withdraws a credential; one that is gone already is no error. Only the negative probe proves it. Where a stack update
   * withdraws (`abilities.revoke` false), it does nothing.
   */
  revoke(id: string): Promise<void>;
}
