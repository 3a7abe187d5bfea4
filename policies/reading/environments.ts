import { isReference, speaks } from "./assignments.ts";
import { at, entries, type Field, isMissing, items, textAt } from "./inputs.ts";
import { dataIn } from "./texts.ts";

/** A variable of an environment, with what stands for its value in clear. */
export interface Named {
  readonly name: string;
  readonly path: string;
}

const ENVIRONMENT = /env|variables/i;
const FOR_SECRETS = /secret/i;
const LINE = /^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*["']?([^\s"'$]\S*)/gm;

/**
 * Every variable that stands in clear in an environment below a field: `{ name, value }` in a list, an entry of a map that is called an
 * environment, both in a JSON text, and the lines of an .env file (pure). What is called a place for secrets is one.
 */
export function environmentsBelow(field: Field, key = ""): Named[] {
  const text = textAt(field);
  if (text !== undefined) return inText(field, text, key);
  const listed = items(field).flatMap((item) => {
    const name = textAt(at(item, "name"));
    if (name === undefined || !ENVIRONMENT.test(key)) return environmentsBelow(item, key);
    return inClear(at(item, "value")) ? [{ name, path: at(item, "value").path }] : [];
  });
  const inside = entries(field).flatMap(([name, value]) => {
    if (speaks(name, key)) return [];
    const single = entries(value).length === 0 && !Array.isArray(value.value);
    if (single && ENVIRONMENT.test(key)) return inClear(value) ? [{ name, path: value.path }] : [];
    return FOR_SECRETS.test(name) ? [] : environmentsBelow(value, name);
  });
  return [...listed, ...inside];
}

function inText(field: Field, text: string, key: string): Named[] {
  const data = /^\s*[[{]/.test(text) ? dataIn(field) : undefined;
  if (data !== undefined) return environmentsBelow(data, key);
  if (!text.includes("\n")) return [];
  return [...text.matchAll(LINE)].map(([, name = ""]) => ({ name, path: `${field.path} (${name})` }));
}

function inClear(value: Field): boolean {
  return !isMissing(value) && !isReference(value);
}
