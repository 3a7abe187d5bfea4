import { z } from "zod";
import { parsedJson } from "../../domain/json.ts";

const line = z.looseObject({
  time: z.string(),
  level: z.string(),
  message: z.string().default(""),
  requestId: z.string().optional(),
  path: z.string().optional(),
  status: z.number().optional(),
  error: z.unknown().optional(),
});

/** The pods' logs, by pod, and which of them couldn't be read, each with why. */
export interface PodLogs {
  texts: Readonly<Record<string, string>>;
  unread: readonly string[];
}

/** What the pods' logs say of the fault. */
export interface Captured {
  /** failing requests, the newest last */
  requests: { at: string; pod: string; requestId: string; what: string; error: string }[];
  /** errors by what they say, the most frequent first */
  errors: { error: string; count: number; last: string }[];
}

/** Of a log's lines those that may say something of a fault: all that the functions below look at (pure). */
export function faultLines(text: string): string {
  return text
    .split("\n")
    .filter((raw) => raw.includes('"error"') || raw.includes("readiness: not_ready"))
    .join("\n");
}

/** Requests and kinds of errors that are kept. */
const MOST = 20;
const LONGEST = 200;

/** An error's message with its code and its causes, in one line. */
function errorText(error: unknown): string {
  if (typeof error === "string") return error;
  const parsed = z
    .looseObject({ message: z.string().default(""), code: z.string().optional(), cause: z.unknown().optional() })
    .safeParse(error);
  if (!parsed.success) return "";
  const { message, code, cause } = parsed.data;
  const own = code === undefined || message.includes(code) ? message : `${message} (${code})`;
  const inner = cause === undefined ? "" : errorText(cause);
  return inner === "" || inner === own ? own : `${own}: ${inner}`;
}

interface Told {
  at: string;
  pod: string;
  level: string;
  requestId: string | null;
  what: string;
  error: string;
}

function toldIn(pod: string, text: string): Told[] {
  return text.split("\n").flatMap((raw) => {
    const parsed = line.safeParse(parsedJson(raw));
    if (!parsed.success) return [];
    const { time, level, message, requestId = null, path, status, error } = parsed.data;
    const told = errorText(error).slice(0, LONGEST);
    if (told === "" && level !== "error") return [];
    const what = [message, path, status].filter((part) => part !== undefined && part !== "").join(" ");
    return [{ at: time, pod, level, requestId, what, error: told === "" ? message : told }];
  });
}

/** Gathers failing requests and errors from the pods' JSON lines; what is no such line is left out (pure). */
export function capturedFrom(logs: Readonly<Record<string, string>>): Captured {
  const told = Object.entries(logs)
    .flatMap(([pod, text]) => toldIn(pod, text))
    .sort((one, other) => (one.at < other.at ? -1 : 1));
  const requests = told.flatMap(({ at, pod, level, requestId, what, error }) =>
    requestId === null || level !== "error" ? [] : [{ at, pod, requestId, what, error }],
  );
  const counts = new Map<string, { count: number; last: string }>();
  for (const { error, at } of told) counts.set(error, { count: (counts.get(error)?.count ?? 0) + 1, last: at });
  const errors = [...counts].map(([error, seen]) => ({ error, ...seen })).sort((one, other) => other.count - one.count);
  return { requests: requests.slice(-MOST), errors: errors.slice(0, MOST) };
}

/** When the pods began to say that they aren't ready: the earliest of each pod's last such line before the fault was seen; null where none says so (pure). */
export function unreadySince(logs: Readonly<Record<string, string>>, detectedAt: number): number | null {
  const begun = Object.values(logs).flatMap((text) => {
    const times = text.split("\n").flatMap((raw) => {
      const at = /"time":"([^"]+)".*"message":"readiness: not_ready"/.exec(raw)?.[1];
      return at === undefined ? [] : [Date.parse(at)];
    });
    const last = times.findLast((at) => at <= detectedAt);
    return last === undefined ? [] : [last];
  });
  return begun.length === 0 ? null : Math.min(...begun);
}
