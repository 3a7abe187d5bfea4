/** What is wrong with a migration, and what to do about it. An error keeps the manifest from being written. */
export interface Finding {
  file: string;
  /** from 1 */
  line: number;
  rule: string;
  level: "error" | "warning";
  message: string;
  remedy: string;
}

/** A finding as one line for people, in the form that editors and CI turn into a link (pure). */
export function findingText({ file, line, rule, level, message, remedy }: Finding): string {
  return `${file}:${line}: ${level} ${rule}: ${message} ${remedy}`;
}
