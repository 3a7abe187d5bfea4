import { Agent, type Dispatcher, interceptors, request } from "undici";
import { z } from "zod";

/** Milliseconds that one try may take where nothing else is said. */
export const ANSWER_WITHIN = 5_000;
const LONGEST_PAUSE = 2_000;

/** Answers that are worth another try: too many requests, and a server that is starting or overloaded. */
const NOT_NOW = [408, 425, 429, 500, 502, 503, 504];
const BROKEN = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
];
const CREDENTIALS = ["authorization", "cookie"];
const LATE = new Set(["UND_ERR_BODY_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"]);

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What is asked. */
export interface Call {
  url: URL | string;
  method?: Method;
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  body?: string;
  /** Sent as JSON, where there is no body. */
  json?: unknown;
  /** Milliseconds that one try may take, to the last byte of its answer; 5 s unless said. */
  within?: number;
  /** Ends the call earlier. */
  signal?: AbortSignal;
  /** How often it is sent again where no answer came, or one that says "not now": only for what may arrive twice. None unless said. */
  retries?: number;
  /** How many redirects are followed; the credential of the first request isn't for where they lead. None unless said. */
  redirects?: number;
  /** The connections it goes over; unless said, those that all calls share. */
  dispatcher?: Dispatcher | undefined;
  /** Whether it has a connection of its own, which is closed after the answer. */
  ownConnection?: boolean;
  /** Told what an answer begins with, before its body is read, which may fail. */
  onHead?: (head: Head) => void;
}

export interface Head {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Answer extends Head {
  text: string;
}

/** No answer came. The message holds neither the address nor a header nor a body. */
export class NoAnswer extends Error {
  /** The system's or the library's word for what happened; null where it took too long. */
  readonly code: string | null;

  constructor(code: string | null, within: number) {
    super(code === null ? `no answer within ${within / 1_000} s` : `no answer (${code})`);
    this.name = code === null ? "TimeoutError" : "NoAnswer";
    this.code = code;
  }
}

const shared = new Agent();

function noAnswer(error: unknown, within: number): NoAnswer {
  if (!(error instanceof Error)) return new NoAnswer("unknown", within);
  if (error.name === "TimeoutError") return new NoAnswer(null, within);
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string") return new NoAnswer(error.name, within);
  return new NoAnswer(LATE.has(code) ? null : code, within);
}

function dispatcherOf({ dispatcher = shared, retries = 0, redirects = 0 }: Call): Dispatcher {
  if (retries === 0 && redirects === 0) return dispatcher;
  return dispatcher.compose(
    interceptors.retry({
      throwOnError: false,
      maxRetries: retries,
      minTimeout: 200,
      maxTimeout: LONGEST_PAUSE,
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      statusCodes: NOT_NOW,
      errorCodes: BROKEN,
    }),
    interceptors.redirect({ maxRedirections: redirects, stripHeadersOnRedirect: CREDENTIALS }),
  );
}

/**
 * Asks by HTTP, and reads the whole answer. Whatever status it has is the caller's to judge.
 * @throws NoAnswer where none came; the signal's reason where that ended it
 */
export async function ask(call: Call): Promise<Answer> {
  const { url, method = "GET", within = ANSWER_WITHIN, signal, retries = 0, ownConnection = false, json } = call;
  const limit = AbortSignal.timeout(within + retries * (within + LONGEST_PAUSE));
  try {
    const { statusCode, headers, body } = await request(url, {
      method,
      headers: {
        accept: "application/json",
        "user-agent": "production-runbooks",
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...call.headers,
      },
      body: call.body ?? (json === undefined ? null : JSON.stringify(json)),
      dispatcher: dispatcherOf(call),
      headersTimeout: within,
      bodyTimeout: within,
      reset: ownConnection,
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const head = { status: statusCode, headers };
    call.onHead?.(head);
    return { ...head, text: await body.text() };
  } catch (error) {
    signal?.throwIfAborted();
    throw noAnswer(error, within);
  }
}

/** @throws Error where the text is no JSON; it doesn't repeat the text, which may be anything */
export function jsonOf(who: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${who} answered something that is not JSON`);
  }
}

/** An answer's text as its schema has it. @throws Error that says what is wrong with any other text */
export function answerIn<Said>(who: string, text: string, schema: z.ZodType<Said>): Said {
  const answer = schema.safeParse(jsonOf(who, text));
  if (answer.success) return answer.data;
  throw new Error(`${who} answered nonsense: ${z.prettifyError(answer.error)}`);
}
