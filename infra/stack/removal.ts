import { busy, needsPerson } from "../errors.ts";
import { pulumi } from "./cli.ts";
import { isLocked } from "./cli-text.ts";
import { errorText, readStack, type StackPlace } from "./reading.ts";

/** What takes a stack down, step by step; each step is made once more without harm. */
export interface Removal {
  /** what `pulumi stack export` prints: secrets encrypted */
  exported(): Promise<unknown>;
  /** Takes the protection off some resources. */
  unprotect(urns: readonly string[]): Promise<void>;
  /** Destroys everything but some resources. */
  destroy(kept: readonly string[]): Promise<void>;
  /** Drops from the state what is left in it, and leaves it in the account. */
  forget(): Promise<void>;
}

/** @throws Refusal (exit 4 where another update holds the stack, else 70) with what the CLI says */
export function openRemoval({ cwd, name }: StackPlace): Removal {
  const must = async (what: string, args: readonly string[]): Promise<void> => {
    // A removal that is stopped half-way leaves the stack half removed.
    const result = await pulumi(cwd, [...args, "--stack", name, "--yes"], { within: null });
    if (result.code === 0) return;
    const told = errorText(result);
    if (isLocked(told)) throw busy(`${what}: ${told}`);
    throw needsPerson(
      `${what} failed: ${told}`,
      `fix it, then run \`runbook teardown --stack ${name}\` again: it continues with what is left`,
    );
  };
  return {
    exported: async () => JSON.parse(await readStack({ cwd, name }, ["stack", "export"])),
    unprotect: async (urns) => {
      if (urns.length > 0) await must("taking the protection off", ["state", "unprotect", ...urns]);
    },
    destroy: (kept) => must("destroying", ["destroy", "--skip-preview", ...kept.flatMap((urn) => ["--exclude", urn])]),
    forget: () => must("removing what is kept from the state", ["state", "delete", "--all", "--force"]),
  };
}
