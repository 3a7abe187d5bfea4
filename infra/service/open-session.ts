import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openSession, type Session, type SessionOptions } from "../runner/session.ts";
import { readConfig } from "../stack/reading.ts";
import { evidenceHere } from "./ended-pods.ts";

/** What tells that a file was written since (size and time); a file that isn't there has neither. */
async function marksOf(files: readonly string[]): Promise<string> {
  const marks = files.map((file) =>
    stat(file).then(
      ({ size, mtimeMs }) => `${size}@${mtimeMs}`,
      () => "none",
    ),
  );
  return (await Promise.all(marks)).join(" ");
}

/**
 * Opens sessions of a stack whose settings are asked for again only where a file of theirs was written since: asking starts a process, and
 * a canary may wait for whoever takes it up.
 */
export function sessionOpener(
  options: Pick<SessionOptions, "cwd" | "stack" | "records" | "reporter">,
): () => Promise<Session> {
  const { cwd, stack } = options;
  const files = ["Pulumi.yaml", `Pulumi.${stack}.yaml`].map((file) => join(cwd, file));
  let kept: { of: string; listing: Promise<string> } | null = null;
  return async () => {
    const of = await marksOf(files);
    if (kept?.of !== of) {
      const listing = readConfig({ cwd, name: stack });
      kept = { of, listing };
      // What failed is asked for again.
      listing.catch(() => {
        if (kept?.listing === listing) kept = null;
      });
    }
    return openSession({ ...options, onCall: null, listing: kept.listing, ...(await evidenceHere()) });
  };
}
