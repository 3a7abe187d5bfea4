import { badInput } from "../errors.ts";
import { createRedactor, type Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";

/**
 * Opens a record store by its URL, `file://` or `s3://`.
 * @param options.secrets values that must stand in no record; whatever form they come in, they are blanked out
 * @throws Refusal (exit 2) for another kind of URL
 */
export function openStore(url: string, options: { secrets: readonly string[] }): Promise<RecordStore> {
  return openRedactedStore(url, createRedactor(options.secrets));
}

/**
 * Opens a record store by its URL; whatever is written goes through the redactor.
 * @throws Refusal (exit 2) for another kind of URL
 */
export async function openRedactedStore(url: string, redactor: Redactor): Promise<RecordStore> {
  const protocol = URL.canParse(url) ? new URL(url).protocol : null;
  if (protocol === "file:") {
    const { openFileStore } = await import("./file-store.ts");
    return openFileStore(url, redactor);
  }
  if (protocol === "s3:") {
    const { openS3Store } = await import("./s3-store.ts");
    return openS3Store(url, redactor);
  }
  throw badInput(`records: "${url}" is not a record store: write file:///FOLDER or s3://BUCKET/PREFIX`);
}
