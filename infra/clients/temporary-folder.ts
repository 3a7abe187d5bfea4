import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { badInput } from "../errors.ts";

/** A new folder that only this user can read, below the system's (TMPDIR). @throws Refusal (exit 2) naming it, where none can be made there */
export async function temporaryFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix)).catch((error: NodeJS.ErrnoException) => {
    throw badInput(
      `TMPDIR: no folder can be made in ${tmpdir()} (${error.code ?? error.message}): name one that exists and can be written`,
    );
  });
}
