import { speaks } from "./assignments.ts";
import { entries, type Field, items, textAt } from "./inputs.ts";

/** A text of a resource's inputs. */
export interface Text {
  readonly field: Field;
  readonly text: string;
  /** The key that the text stands under, and the one that leads to that. */
  readonly key: string;
  readonly parent: string;
}

/** Every text of a resource's inputs that may set something: what only speaks about the resource is left out. */
export function* textsBelow(field: Field, key = "", parent = ""): Generator<Text> {
  const text = textAt(field);
  if (text !== undefined) yield { field, text, key, parent };
  for (const item of items(field)) yield* textsBelow(item, key, parent);
  for (const [name, value] of entries(field)) if (!speaks(name, key)) yield* textsBelow(value, name, key);
}
