import { resourceOf } from "../domain/urn.ts";
import { isClosing, protectedIn } from "./cli-text.ts";

/**
 * The errors of an update that would lose a protected resource, as violations of the policy, with what to do; null where none would (pure).
 * The engine's own remedy is to take the protection away, which is the last thing that whoever mistyped a setting should do.
 */
export function protectedProblems(stack: string, errors: readonly string[]): string[] | null {
  if (errors.every((error) => protectedIn(error) === null)) return null;
  return errors.flatMap((error) => {
    if (isClosing(error)) return [];
    const found = protectedIn(error);
    if (found === null || found === "unnamed") return [error];
    const { urn } = found;
    const { type, name } = resourceOf(urn);
    return [
      `policy protected-state: ${type} ${name} would be deleted or replaced, and what it holds lost: take back the setting or the code that asks for it (\`pulumi preview --diff --stack ${stack}\` shows which); only to lose it on purpose: pulumi state unprotect '${urn}'`,
    ];
  });
}
