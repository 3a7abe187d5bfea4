import { withoutUrlPasswords } from "../records/redaction/url-passwords.ts";
import type { OutputStream } from "../reports/reporter/index.ts";

/** What a line of the service's log tells beside its time. */
export interface LogLine {
  level: "info" | "warn" | "error";
  /** null for what concerns all stacks */
  stack: string | null;
  change: string | null;
  message: string;
  step?: string | null;
  /** the type of the record's event that the line tells of */
  event?: string;
  /** what is wrong, each with its remedy */
  problems?: readonly string[];
  /** the exit code that the command would have left with */
  exit?: number;
}

/** Writes what the service does. */
export type Log = (line: LogLine) => void;

/** One JSON document a line, as log collectors take it; an error that it quotes may name a URL with its password. */
export function jsonLog(stream: OutputStream, now: () => number = Date.now): Log {
  return ({ level, stack, change, message, ...more }) => {
    const line = { at: new Date(now()).toISOString(), level, stack, change, message, ...more };
    stream.write(`${withoutUrlPasswords(JSON.stringify(line))}\n`);
  };
}
