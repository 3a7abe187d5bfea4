import { randomUUID } from "node:crypto";

/**
 * Where the mark of a stack's news lies. It only says that something is new, so that whoever runs the stack's changes has one small
 * read to make each second: what is new stands in the records, and is found there without the mark too.
 */
export function newsKey(stack: string): string {
  return `.news/${encodeURIComponent(stack)}.json`;
}

/** A mark that differs from every other. */
export function newsText(): string {
  return `${JSON.stringify({ mark: randomUUID(), at: new Date().toISOString() })}\n`;
}
