import { type Answer, ask } from "../clients/http.ts";
import { openConnection } from "../clients/own-connection.ts";
import {
  type Channel,
  type ChannelName,
  connectionFailure,
  failureOf,
  type Limits,
  type Message,
  SendError,
} from "./channel.ts";

/** One exchange of JSON over HTTP. */
export interface Exchange {
  method: "GET" | "POST";
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Milliseconds after which any try has ended; the caller's signal ends it before. */
const LONGEST = 60_000;
/** Characters of an answer that an error quotes: more than are told, since a secret in it is looked for before it is cut. */
const QUOTED = 10_000;

/** Milliseconds that a Retry-After header asks for, in seconds or as a date; null where it says nothing (pure). */
export function retryAfterOf(header: string | string[] | undefined, now: number): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return null;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export type Post = Omit<Exchange, "method">;

/** A channel whose receiver takes each message as one POST. */
export function postChannel(
  name: ChannelName,
  repeats: Channel["repeats"],
  postOf: (message: Message) => Post,
): Channel {
  const send = async (message: Message, limits: Limits) => {
    await exchange({ method: "POST", ...postOf(message) }, limits);
    return "";
  };
  return { name, repeats, send };
}

/**
 * Does it once, on a connection of its own.
 * @returns the answer's text
 * @throws SendError where the answer is no 2xx or there is none; never with the address, which may hold a token
 */
export async function exchange({ method, url, headers = {}, body }: Exchange, limits: Limits): Promise<string> {
  const answer = await answerOf({ method, url, headers, body }, limits);
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  const said = answer.text.replace(/\s+/g, " ").trim().slice(0, QUOTED);
  const message = `answered ${answer.status}${said === "" ? "" : `: ${said}`}`;
  throw new SendError(failureOf(answer.status), message, retryAfterOf(answer.headers["retry-after"], Date.now()));
}

async function answerOf({ body, ...call }: Exchange, { signal, connectWithin }: Limits): Promise<Answer> {
  const connection = openConnection(connectWithin);
  const { dispatcher } = connection;
  try {
    return await ask({ ...call, json: body, signal, within: LONGEST, dispatcher, ownConnection: true });
  } catch (error) {
    throw connectionFailure(error, connection.isMade());
  } finally {
    await connection.close();
  }
}
