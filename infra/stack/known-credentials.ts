import { answeredWithin } from "../clients/answered-within.ts";
import type { GrowingRedactor } from "../records/redaction/growing.ts";
import type { Stack } from "./stack.ts";

/** How long the stack's credentials may take to be read before a message goes out without them, in milliseconds. */
const WITHIN = 15_000;

/** A stack whose credentials are withheld from whatever is written and told, once anybody has read them. */
export interface WithheldCredentials {
  stack: Stack;
  /**
   * Makes the values of every generation known, those that the stack has made itself among them; they are read once.
   * @throws Error where they can't be read in time
   */
  know(): Promise<void>;
}

/** Adds the credentials of a stack to a redactor whenever they are read. */
export function withheldCredentials(stack: Stack, redactor: Pick<GrowingRedactor, "add">): WithheldCredentials {
  let known = false;
  const credentials = async () => {
    const read = await stack.credentials();
    redactor.add(Object.values(read).flatMap((generations) => Object.values(generations)));
    known = true;
    return read;
  };
  return {
    stack: { ...stack, credentials },
    async know() {
      if (known) return;
      const late = new Error(`stack ${stack.name}: its secrets couldn't be read within ${WITHIN / 1_000} s`);
      await answeredWithin(WITHIN, credentials(), late);
    },
  };
}
