/** The two halves of a migration's file, on the lines where they stand: what is left out is blank. */
export interface Sections {
  up: string;
  /** null where the file has none */
  down: string | null;
}

const UP = /^\s*--[\s-]*up\s+migration/im;
const DOWN = /^\s*--[\s-]*down\s+migration/im;

const blank = (text: string): string => text.replace(/[^\n]/g, "");

/** A part of a text with everything around it blanked, so that its lines keep their numbers. */
function part(text: string, from: number, to: number): string {
  return blank(text.slice(0, from)) + text.slice(from, to) + blank(text.slice(to));
}

/**
 * Splits a migration at `-- Up Migration` and `-- Down Migration`, in either order, as node-pg-migrate does: a file
 * without an up marker goes up with all that isn't its down (pure).
 */
export function sectionsOf(text: string): Sections {
  const up = text.search(UP);
  const down = text.search(DOWN);
  if (down < 0) return { up: part(text, Math.max(up, 0), text.length), down: null };
  if (up < 0) return { up: part(text, 0, down), down: part(text, down, text.length) };
  if (up < down) return { up: part(text, up, down), down: part(text, down, text.length) };
  return { up: part(text, up, text.length), down: part(text, down, up) };
}

/** Whether a section holds a statement: more than comments and space (pure). */
export function hasStatement(section: string): boolean {
  return (
    section
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/--.*$/gm, "")
      .replace(/[\s;]/g, "") !== ""
  );
}
