import { z } from "zod";
import { resourceOf } from "../domain/urn.ts";

/** A property of a resource that an update changed. Values are short texts; a secret's is never one of them. */
export type PropertyChange = { path: string; before: string; after: string };

/** What an update did to one resource. */
export type ResourceChange = {
  /** create, update, delete, replace, ... */
  op: string;
  type: string;
  name: string;
  properties: PropertyChange[];
};

const stateSchema = z.object({ inputs: z.record(z.string(), z.json()).nullish() }).nullish();

/** The engine's event about a resource that it is about to change. */
export const resourcePreEvent = z.object({
  metadata: z.object({ op: z.string(), urn: z.string(), type: z.string(), old: stateSchema, new: stateSchema }),
});

const CHANGING = new Set(["create", "update", "delete", "replace", "import"]);
/** What is listed at most: of an update, and of a resource. */
const MOST_RESOURCES = 100;
const MOST_PROPERTIES = 20;
const LONGEST_VALUE = 80;
const NOTHING = "nothing";
/** Where the program's own bookkeeping stands among the inputs. */
const INTERNAL = /^__/;

type Value = z.infer<ReturnType<typeof z.json>> | undefined;

function inWords(value: Value): string {
  if (value === undefined || value === null) return NOTHING;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function isGroup(value: Value): value is Record<string, Exclude<Value, undefined>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function differences(path: string, before: Value, after: Value): PropertyChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longer = before.length > after.length ? before : after;
    return longer.flatMap((_, index) => differences(`${path}[${index}]`, before[index], after[index]));
  }
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !INTERNAL.test(key));
    return keys.flatMap((key) => differences(path === "" ? key : `${path}.${key}`, before[key], after[key]));
  }
  return [{ path, before: inWords(before), after: inWords(after) }];
}

/** What the engine did to each resource (pure). It has hidden the secrets' values already. */
export function resourceChanges(events: readonly z.infer<typeof resourcePreEvent>[]): ResourceChange[] {
  const changes = events
    .filter(({ metadata: { op } }) => CHANGING.has(op))
    .map(({ metadata }): ResourceChange => {
      const { op, urn, type } = metadata;
      const [before, after] = [metadata.old?.inputs ?? undefined, metadata.new?.inputs ?? undefined];
      const changed = before !== undefined && after !== undefined && op !== "delete";
      const properties = changed ? differences("", before, after).slice(0, MOST_PROPERTIES) : [];
      return { op, type, name: resourceOf(urn).name, properties };
    });
  return changes.slice(0, MOST_RESOURCES);
}
