import type { Filter, HeaderModifier } from "../schemas/http-route.ts";

/** Header lines as node:http keeps them raw: name, value, name, value. */
export type RawHeaders = readonly string[];

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);

/** The header lines that a proxy passes on; those that the Connection header names stay behind too. */
export function endToEnd(raw: RawHeaders, dropped: ReadonlySet<string> = new Set()): string[] {
  const named = pairs(raw)
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) =>
      value
        .toLowerCase()
        .split(",")
        .map((token) => token.trim()),
    );
  const left = new Set([...HOP_BY_HOP, ...dropped, ...named]);
  return pairs(raw)
    .filter(([name]) => !left.has(name.toLowerCase()))
    .flat();
}

/** Applies a filter's changes: set replaces, add appends, remove takes away. */
export function modified(raw: RawHeaders, modifiers: readonly HeaderModifier[]): string[] {
  return modifiers.reduce<string[]>(
    (lines, { set = [], add = [], remove = [] }) => {
      const gone = new Set([...set.map(({ name }) => name), ...remove].map((name) => name.toLowerCase()));
      const kept = pairs(lines).filter(([name]) => !gone.has(name.toLowerCase()));
      return [...kept, ...[...set, ...add].map(({ name, value }): [string, string] => [name, value])].flat();
    },
    [...raw],
  );
}

/** Says whom a request is from; a chain that it brings along goes on. */
export function forwarded(raw: RawHeaders, client: string): string[] {
  const earlier = pairs(raw).find(([name]) => name.toLowerCase() === "x-forwarded-for")?.[1];
  const set = [
    { name: "x-forwarded-for", value: earlier === undefined ? client : `${earlier}, ${client}` },
    { name: "x-forwarded-proto", value: "http" },
  ];
  return modified(raw, [{ set }]);
}

/** The modifiers of one direction among filters. */
export function modifiersOf(filters: readonly Filter[], direction: "request" | "response"): HeaderModifier[] {
  return filters.flatMap((filter) => {
    if (filter.type === "RequestHeaderModifier") return direction === "request" ? [filter.requestHeaderModifier] : [];
    return direction === "response" ? [filter.responseHeaderModifier] : [];
  });
}

function pairs(raw: RawHeaders): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) found.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return found;
}
