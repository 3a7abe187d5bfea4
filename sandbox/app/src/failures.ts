/** An error that knows the HTTP status it is to be answered with. */
export interface HttpFailure extends Error {
  status: number;
}

/** Makes an error that the request handler answers with `status` and the message. */
export function httpFailure(status: number, message: string, cause?: unknown): HttpFailure {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { status });
}

/** The status that an error is answered with: its own if it has one (also body-parser's), else 500. */
export function statusOf(error: unknown): number {
  const status = property(error, "status");
  return typeof status === "number" && status >= 400 && status <= 599 ? status : 500;
}

/** What a failure says in a log line: name, code and message of it and of its causes, no other property (drivers attach credentials). */
export function describeFailure(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: "unknown", message: String(error) };
  const code = property(error, "code");
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: describeFailure(error.cause) }),
  };
}

/**
 * Why a dependency's check failed, in a word that can't carry an address or a credential:
 * a system or SQLSTATE code, a Redis error's kind (`WRONGPASS`), `timeout`, or `unavailable`.
 */
export function reasonOf(error: unknown): string {
  const code = property(error, "code");
  if (typeof code === "string" && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  if (!(error instanceof Error)) return "unavailable";
  if (error.name === "TimeoutError" || /timed? ?out|timeout/i.test(error.message)) return "timeout";
  const kind = /^([A-Z]{4,20}) /.exec(error.message)?.[1];
  if (kind !== undefined) return kind;
  return error.cause === undefined ? "unavailable" : reasonOf(error.cause);
}

function property(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
}
