import { readFileSync } from "node:fs";
import { withCode } from "../domain/engine-codes.ts";
import { problemsOf } from "../domain/manifest.ts";
import { type Desired, desiredSchema, type ReleaseState, releaseStateSchema, stateHash } from "../domain/releases.ts";
import { badInput } from "../errors.ts";

/** Names the file in which a runbook hands over the state it wants. */
export const DESIRED_STATE_VARIABLE = "RUNBOOKS_DESIRED_STATE";

/**
 * Reads the desired state that a runbook hands over.
 * @throws Refusal (exit 2) where the file isn't one
 */
export function readDesired(path: string): Desired {
  const result = desiredSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!result.success) throw badInput(...problemsOf(result.error, `${DESIRED_STATE_VARIABLE}: `));
  return result.data;
}

/**
 * Reads the release state that the stack's last update left.
 * @returns undefined before the first update
 * @throws Refusal (exit 2) where the output isn't one
 */
export function parseReleaseState(output: unknown): ReleaseState | undefined {
  if (output === undefined || output === null) return undefined;
  const result = releaseStateSchema.safeParse(output);
  if (!result.success) throw badInput(...problemsOf(result.error, "the stack's output releaseState: "));
  return result.data;
}

/**
 * The state that this update is to bring about: the one handed over, else the one that is there.
 * @throws Refusal (exit 2) where the stack has moved on from the state that the change started from
 */
export function nextState(current: ReleaseState, desired: Desired | undefined): ReleaseState {
  if (desired === undefined) return current;
  const found = stateHash(current);
  if (desired.from === found) return desired.to;
  const message = `the stack was changed outside this change (a manual \`pulumi up\`?): it started from state ${desired.from.slice(0, 12)}, but the stack is at ${found.slice(0, 12)}; look at \`runbook status\` and start again`;
  throw badInput(withCode(message, { code: "stack-moved-on", of: null }));
}
