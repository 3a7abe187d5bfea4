import { z } from "zod";
import type { Progress } from "../../change/progress.ts";

const minted = z.looseObject({ ciphertext: z.string() });

/** The encrypted values that a task of this change has had made, for the stack to take in (pure). */
export function issuedIn({ results }: Pick<Progress, "results">): string | null {
  const found = Object.values(results).flatMap((result) => minted.safeParse(result).data ?? []);
  return found[0]?.ciphertext ?? null;
}
