import { parse, YAMLParseError } from "yaml";
import { badInput } from "./changes/refusal.ts";
import { checkManifest, type Manifest } from "./manifest.ts";

/**
 * Reads a release manifest from YAML or JSON text.
 * @param name the file's name, for the messages
 * @throws Refusal (exit 2) with every problem at once
 */
export function parseManifest(text: string, name: string): Manifest {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // The parser's message goes on with a picture of the place, which it has named by then.
    const [what = ""] = error.message.split("\n");
    throw badInput(`${name}: not YAML: ${what.replace(/:$/, "")}: mend it, or write it anew with \`runbook manifest\``);
  }
  return checkManifest(raw, `${name}: `);
}
