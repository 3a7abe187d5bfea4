import { z } from "zod";

/** Whether a log line, parsed as JSON, matches. */
export type Matches = (line: unknown) => boolean;

type Kind = "open" | "close" | "and" | "or" | "operator" | "field" | "text" | "number";
interface Token {
  kind: Kind;
  text: string;
}

const TOKENS: readonly [Kind, RegExp][] = [
  ["open", /^\(/],
  ["close", /^\)/],
  ["and", /^&&/],
  ["or", /^\|\|/],
  ["operator", /^(!=|>=|<=|=|>|<)/],
  ["field", /^\$(\.[A-Za-z0-9_-]+)+/],
  ["text", /^"(?:[^"\\]|\\.)*"/],
  ["number", /^-?\d+(\.\d+)?/],
];

function tokensOf(pattern: string): Token[] {
  const body = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1];
  if (body === undefined) throw new Error(`the sandbox reads filter patterns in braces alone: ${pattern}`);
  const tokens: Token[] = [];
  let rest = body.trim();
  while (rest !== "") {
    const here = rest;
    const [found] = TOKENS.flatMap(([kind, expression]) => {
      const text = expression.exec(here)?.[0];
      return text === undefined ? [] : [{ kind, text }];
    });
    if (found === undefined) {
      throw new Error(`the filter pattern can't be read from "${rest.slice(0, 20)}" on: ${pattern}`);
    }
    tokens.push(found);
    rest = rest.slice(found.text.length).trimStart();
  }
  return tokens;
}

const object = z.record(z.string(), z.unknown());

function valueAt(line: unknown, field: string): unknown {
  const keys = field.split(".").slice(1);
  return keys.reduce<unknown>((inner, key) => {
    const parsed = object.safeParse(inner);
    return parsed.success ? parsed.data[key] : undefined;
  }, line);
}

/** A text with `*` for anything, as a condition on another text. */
function likeness(given: string): (text: string) => boolean {
  const parts = given.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "s");
  return (text) => expression.test(text);
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  "=": (one, other) => one === other,
  "!=": (one, other) => one !== other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
};

function condition(field: string, operator: string, value: Token): Matches {
  if (value.kind === "number") {
    const compare = COMPARISONS[operator];
    return (line) => {
      const found = valueAt(line, field);
      return typeof found === "number" && compare?.(found, Number(value.text)) === true;
    };
  }
  const like = likeness(z.string().parse(JSON.parse(value.text)));
  return (line) => {
    const found = valueAt(line, field);
    // As in CloudWatch, a field that isn't there, or is an object, matches nothing.
    if (typeof found !== "string" && typeof found !== "boolean") return false;
    return like(String(found)) === (operator === "=");
  };
}

/**
 * Reads a CloudWatch filter pattern over JSON lines: conditions on fields (`$.a.b = "x*"`, numbers compared), joined by `&&`
 * and `||`, with parentheses.
 * @throws Error for anything else that CloudWatch may know
 */
export function filterPattern(pattern: string): Matches {
  const tokens = tokensOf(pattern);
  const take = (kind: Kind): string => {
    const token = tokens.shift();
    if (token?.kind !== kind) throw new Error(`the filter pattern lacks ${kind}: ${pattern}`);
    return token.text;
  };
  const term = (): Matches => {
    if (tokens[0]?.kind === "open") {
      take("open");
      const inner = either();
      take("close");
      return inner;
    }
    const field = take("field");
    const operator = take("operator");
    const kind = tokens[0]?.kind === "number" ? "number" : "text";
    return condition(field, operator, { kind, text: take(kind) });
  };
  const joined = (kind: "and" | "or", part: () => Matches): Matches[] => {
    const parts = [part()];
    while (tokens[0]?.kind === kind) {
      take(kind);
      parts.push(part());
    }
    return parts;
  };
  const both = (): Matches => {
    const parts = joined("and", term);
    return (line) => parts.every((matches) => matches(line));
  };
  const either = (): Matches => {
    const parts = joined("or", both);
    return (line) => parts.some((matches) => matches(line));
  };
  const matches = either();
  if (tokens.length > 0) throw new Error(`the filter pattern goes on behind its end: ${pattern}`);
  return matches;
}
