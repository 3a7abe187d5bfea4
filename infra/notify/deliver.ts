import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import { type Channel, type ChannelName, type Message, SendError } from "./channel.ts";

/** How telling one channel went. `unknown`: it may have arrived, and was not sent again. */
export type Delivery = {
  channel: ChannelName;
  delivered: "yes" | "no" | "unknown";
  /** where it can be seen, or why it did not arrive */
  detail: string;
  tries: number;
};

export interface DeliverOptions {
  /** milliseconds for everything: tries, pauses and what the receiver asks to wait */
  within: number;
  /** `again` where a runner died while it told this message before */
  attempt: "first" | "again";
}

/** Of a receiver that knows keys: how much of the limit one try may take. */
const SHARE_OF_A_TRY = 0.4;
/** How much of it a connection may take: less than a try, and with the default limit enough for a first packet that is lost. */
const SHARE_OF_A_CONNECTION = 0.25;
const RETRIES = 10;
const PAUSE = { minTimeout: 200, maxTimeout: 2_000, factor: 2, randomize: true };

function mayRepeat({ repeats }: Channel, { failure }: SendError): boolean {
  return failure === "busy" || (failure === "unknown" && repeats === "recognised");
}

/**
 * Tells one channel within the limit. What the receiver has not taken is tried again, after the pause that it asks
 * for; what it may have taken only where it knows keys, so that nothing arrives twice. Never throws.
 */
export async function deliver(
  channel: Channel,
  message: Message,
  { within, attempt }: DeliverOptions,
): Promise<Delivery> {
  const { name, repeats } = channel;
  if (attempt === "again" && repeats === "taken twice") {
    const detail = "a runner died while it was telling it: not sent twice";
    return { channel: name, delivered: "unknown", detail, tries: 0 };
  }
  const deadline = performance.now() + within;
  const left = () => deadline - performance.now();
  const limit = AbortSignal.timeout(within);
  const failures: SendError[] = [];
  const send = async () => {
    const ofTry = repeats === "recognised" ? Math.min(left(), within * SHARE_OF_A_TRY) : left();
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(ofTry)));
    try {
      return await channel.send(message, { signal, connectWithin: within * SHARE_OF_A_CONNECTION });
    } catch (error) {
      const failure = error instanceof SendError ? error : new SendError("unknown", String(error));
      failures.push(failure);
      throw failure;
    }
  };
  try {
    const detail = await pRetry(send, {
      ...PAUSE,
      retries: RETRIES,
      signal: limit,
      shouldRetry: ({ error }) =>
        error instanceof SendError && mayRepeat(channel, error) && (error.retryAfter ?? 0) < left(),
      async onFailedAttempt({ error }) {
        if (!(error instanceof SendError) || error.retryAfter === null || !mayRepeat(channel, error)) return;
        if (error.retryAfter < left()) await delay(error.retryAfter, undefined, { signal: limit });
      },
    });
    return { channel: name, delivered: "yes", detail, tries: failures.length + 1 };
  } catch (error) {
    const doubt = failures.some(({ failure }) => failure === "unknown");
    const detail = failures.at(-1) === undefined ? String(error) : inWords(failures, left());
    return { channel: name, delivered: doubt ? "unknown" : "no", detail, tries: failures.length };
  }
}

function inWords(failures: readonly SendError[], left: number): string {
  const last = failures.at(-1);
  const asked = last?.retryAfter ?? 0;
  const late = asked > Math.max(0, left) ? `, and asks to wait ${asked / 1_000} s, which is beyond the limit` : "";
  const often = failures.length === 1 ? "" : ` (${failures.length} tries)`;
  return `${last?.message}${late}${often}`;
}
