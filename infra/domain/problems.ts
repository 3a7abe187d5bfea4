import type { z } from "zod";
import { nearestPath } from "./nearest.ts";

/** The project's configuration namespace, as `pulumi config` shows it. */
export const NAMESPACE = "production-runbooks";

const LONGEST_SHOWN = 60;

/** A path as people write it: `canary.steps[2]`; empty for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (start, part) =>
      typeof part === "number" ? `${start}[${part}]` : start === "" ? String(part) : `${start}.${String(part)}`,
    "",
  );
}

/** A key as people write it: `production-runbooks:canary.steps[2]`. */
export function configPath(path: readonly PropertyKey[]): string {
  return `${NAMESPACE}:${pathText(path)}`;
}

/** A value short enough for a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

/** What zod's own checks say, in the words of a stack file. Rules of the schema bring their own. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `write ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_value":
      return `write one of ${issue.values.map((value) => shown(value)).join(", ")}`;
    case "too_small":
      return issue.origin === "string" ? "is empty: write a text" : `write ${issue.minimum} or more${unit(issue)}`;
    case "too_big":
      return `write at most ${issue.maximum}${unit(issue)}`;
    default:
      return "isn't understood: compare it with Pulumi.yaml's description";
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text (numbers and true or false in quotes)",
  int: "a whole number",
  number: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
  record: "a group of keys",
};

function unit({ origin }: { origin: string }): string {
  if (origin === "array") return " entries";
  return origin === "string" ? " characters" : "";
}

/** What to write a problem from: the values that were read, and every path that could have been meant. */
export interface Surroundings {
  raw: unknown;
  known: readonly (readonly string[])[];
  /** `withheld` for secrets, whose values stand in no message. */
  values: "shown" | "withheld";
}

/** Turns zod's issues into sentences: the config path, the value, what is wrong and the remedy. */
export function problemsOf(error: z.ZodError, around: Surroundings): string[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey([...issue.path, key], around))
      : [describe(issue, around)],
  );
}

function unknownKey(path: readonly PropertyKey[], { known }: Surroundings): string {
  return `${configPath(path)}: unknown key; the nearest known one is ${configPath(nearestPath(path, known))}`;
}

function describe(issue: z.core.$ZodIssue, { raw, values }: Surroundings): string {
  const found = valueAt(raw, issue.path);
  const where = configPath(issue.path);
  if (found === undefined) return `${where} is missing: ${issue.message}`;
  const innermost = innerMessage(issue);
  if (values === "withheld" || saysValue(issue)) return `${where}: ${innermost}`;
  return `${where} is ${shown(found)}: ${innermost}`;
}

/** The parameters of a custom issue whose message says the value itself. */
export const SAYS_VALUE = { saysValue: true };

/** Whether an issue's message says the value already (pure). */
export function saysValue(issue: z.core.$ZodIssue): boolean {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : issue;
  return inner?.code === "custom" && inner.params?.saysValue === true;
}

/** A record's key issue carries what is wrong with the name one level further in. */
function innerMessage(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** What stands at a path of a value that was read; undefined where nothing does. */
export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value !== null && typeof value === "object" ? Reflect.get(value, part) : undefined),
    raw,
  );
}
