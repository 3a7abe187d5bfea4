import { z } from "zod";

/** What a key in another group costs, in edits. */
const ELSEWHERE = 1.5;

/** Levenshtein's distance: the single-letter edits that turn one text into the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Every key path that a schema knows: `canary`, `canary.steps`, ...; a list's entries without their index. */
export function knownPaths(schema: unknown, prefix: readonly string[] = []): string[][] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return knownPaths(schema.unwrap(), prefix);
  }
  if (schema instanceof z.ZodArray) return knownPaths(schema.element, prefix);
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap((option) => knownPaths(option, prefix));
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([key, inner]) => {
    const path = [...prefix, key];
    return [path, ...knownPaths(inner, path)];
  });
}

/** The known path that an unknown one most likely meant: a like-named sibling before the same name elsewhere. */
export function nearestPath(
  unknown: readonly PropertyKey[],
  known: readonly (readonly string[])[],
): readonly PropertyKey[] {
  const [parent, name] = [unknown.slice(0, -1), String(unknown.at(-1)).toLowerCase()];
  const siblings = parent.filter((part) => typeof part !== "number").join(".");
  const ranked = known.map((path) => {
    const key = path.at(-1) ?? "";
    const sibling = path.slice(0, -1).join(".") === siblings;
    const cost = difference(name, key.toLowerCase()) + (sibling ? 0 : ELSEWHERE);
    return { path: sibling ? [...parent, key] : path, cost };
  });
  return ranked.reduce((best, next) => (next.cost < best.cost ? next : best)).path;
}

/** Edits, but a name that was cut short is nearer than its length says. */
function difference(one: string, other: string): number {
  return other.startsWith(one) || one.startsWith(other) ? 1 : editDistance(one, other);
}
