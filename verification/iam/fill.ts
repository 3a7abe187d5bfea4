import { badInput } from "../../infra/errors.ts";

/** What stands in angle brackets in `docs/iam`. */
export const PLACEHOLDERS = [
  "partition",
  "region",
  "account",
  "application",
  "stage",
  "records",
  "backend",
  "stack-key",
  "cluster",
  "notify-topic",
  "repository",
] as const;

const IN_TEXT = new RegExp(`<(${PLACEHOLDERS.join("|")})>`, "g");

/** A document with its placeholders filled in (pure). @throws Refusal (exit 2) naming each that has no value */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const told = text.replace(IN_TEXT, (whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) missing.add(name);
    return value ?? whole;
  });
  if (missing.size > 0) throw badInput(...[...missing].map((name) => `--set: ${name}=... is missing`));
  return told;
}
