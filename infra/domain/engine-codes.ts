/**
 * What the program tells the runner beside its words: the engine's diagnostics carry text alone, so that a code stands at the end of it, in
 * brackets. Nothing is told by the words before it, which may be mended at any time.
 */
export const ENGINE_CODES = ["stack-moved-on", "unmanaged-version"] as const;
export type EngineCode = (typeof ENGINE_CODES)[number];

/** A message's code, and what it is of: `[unmanaged-version AFM_KEY]`. */
export interface Coded {
  code: EngineCode;
  of: string | null;
}

/** A message with its code (pure). */
export function withCode(message: string, { code, of }: Coded): string {
  return `${message} [${code}${of === null ? "" : ` ${of}`}]`;
}

const CODED = /\[(stack-moved-on|unmanaged-version)(?: (\w+))?\][ \t]*$/gm;

const isCode = (text: string | undefined): text is EngineCode => ENGINE_CODES.some((code) => code === text);

/** The codes at the ends of a message's lines (pure). */
export function codesIn(text: string): Coded[] {
  return [...text.matchAll(CODED)].flatMap(([, code, of]) => (isCode(code) ? [{ code, of: of ?? null }] : []));
}
