/** One statement of a script, without its comments and with its texts emptied. */
export interface Statement {
  /** from 0 */
  line: number;
  text: string;
}

/** What isn't code: comments, texts in quotes and dollar quotes, quoted names. */
const NOT_CODE =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_][A-Za-z_0-9]*)?\$)[\s\S]*?\1/g;

/** Keeps the lines where they are, and of a text or a name that something stood there. */
function masked(piece: string): string {
  const mark = /^(?:--|\/\*)/.test(piece) ? " " : "''";
  return mark + piece.replace(/[^\n]/g, "");
}

/** The statements of a script, in their order (pure). */
export function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let line = 0;
  for (const text of sql.replace(NOT_CODE, masked).split(";")) {
    const before = text.slice(0, Math.max(text.search(/\S/), 0)).split("\n").length - 1;
    if (text.trim() !== "") statements.push({ line: line + before, text: text.trim().replace(/\s+/g, " ") });
    line += text.split("\n").length - 1;
  }
  return statements;
}

/** What Postgres refuses inside of a transaction block (the manual's page of each statement says so). */
const OUTSIDE_ALONE =
  /^(?:(?:create (?:unique )?index|drop index) concurrently\b|reindex\b.*\bconcurrently\b|reindex (?:\([^)]*\) ?)?(?:database|system)\b|alter table\b.* detach partition\b.*\bconcurrently\b|vacuum\b|alter system\b|(?:create|drop) (?:database|tablespace)\b)/i;

/** Whether a statement can't run inside of a transaction (pure). */
export function runsOutsideAlone({ text }: Statement): boolean {
  return OUTSIDE_ALONE.test(text);
}
