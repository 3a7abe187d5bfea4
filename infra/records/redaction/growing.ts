import { createRedactor, type Redactor } from "./redact.ts";

/** A redactor that takes in more secrets as they become known: what a stack has made itself stands in no setting. */
export interface GrowingRedactor extends Redactor {
  /** From here on these are blanked out too. */
  add(secrets: readonly string[]): void;
}

/** A redactor that begins with these secrets. */
export function growingRedactor(secrets: readonly string[]): GrowingRedactor {
  const known = new Set(secrets);
  let redactor = createRedactor([...known]);
  return {
    text: (text) => redactor.text(text),
    json: (value) => redactor.json(value),
    data: (value) => redactor.data(value),
    add(more) {
      const before = known.size;
      for (const secret of more) known.add(secret);
      if (known.size > before) redactor = createRedactor([...known]);
    },
  };
}
