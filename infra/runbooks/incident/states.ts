import type { State } from "./facts.ts";

const CODES: Readonly<Record<string, State>> = {
  ECONNREFUSED: "closed",
  ECONNRESET: "closed",
  EPIPE: "closed",
  UND_ERR_SOCKET: "closed",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  UND_ERR_CONNECT_TIMEOUT: "unreachable",
  timeout: "silent",
  WRONGPASS: "unauthorized",
  NOAUTH: "unauthorized",
  NOPERM: "unauthorized",
  OOM: "full",
  READONLY: "replica",
  MASTERDOWN: "replica",
  LOADING: "unavailable",
  BUSY: "unavailable",
  CLUSTERDOWN: "unavailable",
  "25006": "replica",
  "53100": "full",
  "53200": "full",
  "55000": "unavailable",
};

/** SQLSTATE classes: 28 refuses the login, 53 and 57 say that the server takes nobody, 08 that the connection broke. */
const CLASSES: Readonly<Record<string, State>> = {
  "08": "closed",
  "28": "unauthorized",
  "53": "unavailable",
  "57": "unavailable",
};

/**
 * What a word says that a client or a readiness check gives for a failure: a system's or SQLSTATE code, the kind of a Redis
 * error, `HTTP_<status>`, `timeout` (pure).
 */
export function stateOf(word: string): State {
  const known = CODES[word];
  if (known !== undefined) return known;
  const status = Number(/^HTTP_(\d{3})$/.exec(word)?.[1]);
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 429 || status >= 500) return "unavailable";
  if (/^\d[0-9A-Z]{4}$/.test(word)) return CLASSES[word.slice(0, 2)] ?? "failing";
  return "failing";
}

/** The word of an error, of its cause where it has none itself; never a message, which may hold an address (pure). */
export function wordOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  const code: unknown = Reflect.get(error, "code");
  if (typeof code === "string" && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError" || error.name === "AbortError" || /timed? ?out|timeout/i.test(error.message)) {
    return "timeout";
  }
  const kind = /^([A-Z]{3,20}) /.exec(error.message)?.[1];
  if (kind !== undefined) return kind;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined ? error.name : wordOf(inner);
}
