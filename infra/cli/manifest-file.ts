import { parseAllDocuments } from "yaml";
import { checkManifest, type Manifest } from "../domain/manifest.ts";
import { badInput } from "../errors.ts";

/**
 * Reads a release manifest from YAML or JSON text.
 * @param name the file's name, for the messages
 * @throws Refusal (exit 2) with every problem at once
 */
export function parseManifest(text: string, name: string): Manifest {
  const documents = [...parseAllDocuments(text)];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) {
    // The parser's message goes on with a picture of the place, which it has named by then.
    const [what = ""] = error.message.split("\n");
    throw badInput(`${name}: not YAML: ${what.replace(/:$/, "")}: fix it, or write it again with \`runbook manifest\``);
  }
  if (documents.length > 1) {
    throw badInput(`${name}: it has ${documents.length} YAML documents: keep only the manifest`);
  }
  return checkManifest(documents[0]?.toJS() ?? null, `${name}: `);
}
