import { describeFailure } from "./failures.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogFields {
  requestId?: string;
  /** Anything thrown: only its name, code and message reach the line. */
  error?: unknown;
  [field: string]: unknown;
}

export type Log = Record<Level, (message: string, fields?: LogFields) => void>;

export interface LogOptions {
  level: Level;
  /** Fields that every line carries, such as the release. */
  base: Record<string, string>;
  /** Values that must never be in a line; longer ones are replaced first. */
  secrets: readonly string[];
  write: (line: string) => void;
}

/** Writes one JSON object a line: `time`, `level`, `message`, the base fields and the line's own, secrets blotted out. */
export function createLog(options: LogOptions): Log {
  const threshold = LEVELS.indexOf(options.level);
  const secrets = options.secrets.toSorted((a, b) => b.length - a.length);

  function at(level: Level): Log[Level] {
    if (LEVELS.indexOf(level) < threshold) return () => undefined;
    return (message, fields = {}) => {
      const { error, ...rest } = fields;
      const line = JSON.stringify({
        time: new Date().toISOString(),
        level,
        message,
        ...options.base,
        ...rest,
        ...(error === undefined ? {} : { error: describeFailure(error) }),
      });
      options.write(`${redact(line, secrets)}\n`);
    };
  }

  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function redact(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), "[redacted]"), line);
}
