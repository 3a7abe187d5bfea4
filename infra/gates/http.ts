import { Agent } from "undici";
import { ANSWER_WITHIN, ask, type Head, type Method } from "../clients/http.ts";
import { type Json, parsedJson } from "../domain/json.ts";
import { headerFor, RELEASE_HEADER } from "../domain/release-header.ts";
import type { OwnPath } from "../metrics/own-requests.ts";
import { elsewhere, type Finding, foundError, judgeStatus, keptFinding, refuse, unreachable } from "./finding.ts";
import type { Target } from "./gate.ts";

const LARGEST_ANSWER = 1 << 20;
const SWITCHING_PROTOCOLS = 101;

/** One answered or unanswered call, as evidence. */
export type Call = { call: string; release: string; status: number | null; milliseconds: number };

export interface Reply {
  status: number;
  /** The parsed JSON, or null where the answer isn't JSON. */
  body: unknown;
  milliseconds: number;
}

/** A session's cookies, whatever their names. */
export type CookieJar = Map<string, string>;

/** Speaks to one release with one jar of cookies. */
export interface Client {
  release: string;
  /** Rejects with a finding where there is no answer or another release gave it. */
  call(method: Method, path: string, body?: Json): Promise<Reply>;
  /** As `call`, and rejects with a finding where the status is another one. */
  expect(status: number, method: Method, path: string, body?: Json): Promise<Reply>;
  /** The same session on another release. */
  on(release: string): Client;
  /** What a WebSocket handshake has to send. */
  headers(): Record<string, string>;
  /** The URL of a path, with the scheme of WebSockets. */
  socketUrl(path: string): string;
}

export interface ClientOptions {
  target: Target;
  release: string;
  jar: CookieJar;
  agent: Agent;
  /** Asked at every call, since what cleans up outlives an abandoned look. */
  signal: () => AbortSignal;
  calls: Call[];
}

export function newAgent(): Agent {
  return new Agent({
    connect: { timeout: ANSWER_WITHIN },
    headersTimeout: ANSWER_WITHIN,
    bodyTimeout: ANSWER_WITHIN,
    maxResponseSize: LARGEST_ANSWER,
  });
}

/** Puts the cookies of an answer's Set-Cookie headers into the jar; an expired one leaves it. */
export function keepCookies(jar: CookieJar, headers: string | readonly string[] | undefined, now: number): void {
  for (const header of typeof headers === "string" ? [headers] : (headers ?? [])) {
    const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
    const split = pair.indexOf("=");
    if (split < 1) continue;
    const name = pair.slice(0, split);
    const value = (key: string): string | undefined =>
      attributes.find((attribute) => attribute.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const [maxAge, expires] = [value("max-age"), value("expires")];
    const gone = maxAge !== undefined ? Number(maxAge) <= 0 : expires !== undefined && Date.parse(expires) <= now;
    if (gone) jar.delete(name);
    else jar.set(name, pair.slice(split + 1));
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "TimeoutError" ? `no answer within ${ANSWER_WITHIN / 1_000} s` : error.message || error.name;
}

/** Whether answers are named for those alone who hold the key: one without a name was then shared out by weight, or is the Gateway's own. */
const namesByKey = ({ headers }: Pick<Target, "headers">): boolean => headers.byWeight !== null;

interface Answered {
  /** what the answer's release header says */
  said: string | string[] | undefined;
  status: number;
}

/**
 * Pure: whether the release that was asked is the one that answered. Where every answer is named, a Gateway that doesn't say is
 * believed; where a key is asked for, an answer without a name comes from whomever the weights gave it to.
 */
function judgeServer(target: Target, call: string, asked: string, { said, status }: Answered): Finding | null {
  if (said === asked) return null;
  if (said !== undefined) return elsewhere(`${call} was meant for ${asked} and answered by ${said}`);
  if (!namesByKey(target) || status >= 500) return null;
  return elsewhere(`${call} was meant for ${asked}, and its answer (${status}) doesn't say who gave it`);
}

/** Whether a path is one of the two that probes ask (pure). */
export function pathOf({ healthPath, readyPath }: Pick<Target, "healthPath" | "readyPath">, path: string): OwnPath {
  return path === healthPath || path === readyPath ? "probe" : "other";
}

/**
 * Which release an answer is counted to, null where nobody knows (pure). A Gateway that doesn't say who answered is believed, but
 * for an answer that it may have given itself, or that may be anyone's. It needn't name who takes a WebSocket.
 */
export function serverOf(target: Pick<Target, "headers">, asked: string, { said, status }: Answered): string | null {
  if (typeof said === "string") return said;
  if (status === SWITCHING_PROTOCOLS) return asked;
  return namesByKey(target) || status === 404 || status >= 500 ? null : asked;
}

/** A client of one release: the release and Host headers, the jar's cookies, 5 s per call. */
export function openClient(options: ClientOptions): Client {
  const { target, release, jar, agent, signal, calls } = options;
  const headers = (): Record<string, string> => ({
    [RELEASE_HEADER]: headerFor(target.headers, release),
    ...(target.hostname === null ? {} : { host: target.hostname }),
    ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") }),
  });

  const call = async (method: Method, path: string, body?: Json): Promise<Reply> => {
    const begun = performance.now();
    const made: Call = { call: `${method} ${path}`, release, status: null, milliseconds: 0 };
    calls.push(made);
    const ended = target.meter.sent(pathOf(target, path));
    let servedBy: string | null = null;
    const answeredBy = ({ headers, status }: Head): Answered => ({ said: headers[RELEASE_HEADER], status });
    try {
      const answer = await ask({
        url: new URL(path, target.baseUrl),
        method,
        dispatcher: agent,
        headers: headers(),
        json: body,
        signal: signal(),
        onHead(head) {
          made.status = head.status;
          servedBy = serverOf(target, release, answeredBy(head));
          keepCookies(jar, head.headers["set-cookie"], Date.now());
        },
      });
      refuse(judgeServer(target, `${method} ${path}`, release, answeredBy(answer)));
      return { status: answer.status, body: parsedJson(answer.text), milliseconds: performance.now() - begun };
    } catch (error) {
      throw foundError(keptFinding(error) ?? unreachable(`${method} ${path} on ${release}: ${failureText(error)}`));
    } finally {
      made.milliseconds = Math.round(performance.now() - begun);
      ended({ release: servedBy, status: made.status });
    }
  };

  return {
    release,
    call,
    on: (other) => openClient({ ...options, release: other }),
    headers,
    socketUrl: (path) => new URL(path, target.baseUrl.replace(/^http/, "ws")).href,
    async expect(status, method, path, body) {
      const reply = await call(method, path, body);
      refuse(judgeStatus(`${method} ${path} on ${release}`, reply.status, status));
      return reply;
    },
  };
}
