/** The engine itself keeps what is protected from being deleted or replaced. */
const PROTECTED =
  /resource "(?<urn>[^"]+)"\s+cannot be (deleted|replaced)\s+because it is protected|is protected from deletion/i;

/** What the engine says at its end of every preview and update that failed. */
const CLOSING = /(^|: )(preview|update) failed$/;

/**
 * The errors of an update that would lose a protected resource, as violations of the policy, with what to do; null where none would (pure).
 * The engine's own remedy is to take the protection away, which is the last thing that whoever mistyped a setting should do.
 */
export function protectedProblems(stack: string, errors: readonly string[]): string[] | null {
  if (!errors.some((error) => PROTECTED.test(error))) return null;
  return errors.flatMap((error) => {
    if (CLOSING.test(error)) return [];
    const urn = PROTECTED.exec(error)?.groups?.urn;
    if (urn === undefined) return [error];
    const [type = "", name = ""] = urn.split("::").slice(-2);
    return [
      `policy protected-state: ${type.split("$").at(-1)} ${name} would be deleted or replaced, and what it holds lost: take back the setting or the code that asks for it (\`pulumi preview --diff --stack ${stack}\` shows which); only to lose it on purpose: pulumi state unprotect '${urn}'`,
    ];
  });
}
