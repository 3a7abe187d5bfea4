import type { Json, Props } from "../handler.ts";

export function isProps(value: Json | undefined): value is Props {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The objects in a value that should be a list of them. */
export function propsList(value: Json | undefined): Props[] {
  return Array.isArray(value) ? value.filter((entry): entry is Props => isProps(entry)) : [];
}

/** The value at a dotted path. */
export function at(value: Props, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((found, key) => (isProps(found) ? found[key] : undefined), value);
}
