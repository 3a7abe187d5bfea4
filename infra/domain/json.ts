/** A JSON value: what a verdict's evidence and a gate's memory are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The JSON in a text; where it is none, null or what is named instead (pure). */
export function parsedJson(text: string, otherwise: unknown = null): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}
