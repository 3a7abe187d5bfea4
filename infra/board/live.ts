import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Shown, Snapshot } from "./frame.ts";
import { problemIn } from "./kept.ts";
import type { Topic } from "./topic.ts";
import type { Viewer } from "./viewer.ts";

/** What bounds the live pages. */
export interface Limits {
  /** how often what an open page shows is looked at, in milliseconds */
  every: number;
  /** pages that may be open at once */
  most: number;
  /** a stream without news says so every so many milliseconds, by which proxies keep it open and a client that is gone is noticed */
  beat: number;
  /** a client that takes nothing for so many milliseconds is dropped */
  patience: number;
}

export const LIMITS: Limits = { every: 1_000, most: 200, beat: 15_000, patience: 60_000 };

/** The streams of all open pages. */
export interface Streams {
  /** Answers with a page's events, as whoever looks at it may see them then, until the client goes, the page has ended, or `close` is called. */
  answer(context: Context, topic: Topic<Snapshot>, viewer: () => Viewer): Response;
  /** how many there are */
  count(): number;
  /** Ends all of them: the browsers come back to another process. */
  close(): void;
}

/** A signal that one stream waits for: one that comes while nobody waits ends the next wait at once. */
function signal() {
  let came = false;
  let wake: (() => void) | null = null;
  return {
    give() {
      came = true;
      wake?.();
    },
    /** Resolves when it comes, or after so many milliseconds. */
    async wait(most: number): Promise<void> {
      if (!came) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, most);
        await promise;
        clearTimeout(timer);
        wake = null;
      }
      came = false;
    },
  };
}

/**
 * Opens the streams.
 * @param tell is told why a stream ended that should have gone on; the browser asks for it again
 */
export function openStreams({ most, beat, patience }: Limits, tell: (problem: string) => void): Streams {
  const open = new Set<() => void>();

  /** Writes; a client that takes nothing is dropped. */
  async function write(stream: SSEStreamingApi, work: () => Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => stream.abort(), patience);
    try {
      await work();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends what differs from what was sent before; answers whether anything did. */
  async function send(stream: SSEStreamingApi, { parts, news }: Shown, sent: Map<string, string>): Promise<boolean> {
    let wrote = false;
    for (const { id, html } of [...parts, { id: "news", html: { html: news } }]) {
      if (sent.get(id) === html.html || stream.aborted) continue;
      const data = id === "news" ? news : JSON.stringify({ id, html: html.html });
      await write(stream, () => stream.writeSSE({ event: id === "news" ? "news" : "part", data }));
      sent.set(id, html.html);
      wrote = true;
    }
    return wrote;
  }

  async function follow(stream: SSEStreamingApi, topic: Topic<Snapshot>, viewer: () => Viewer): Promise<void> {
    const { give, wait } = signal();
    let isClosing = false;
    const end = () => {
      isClosing = true;
      give();
    };
    open.add(end);
    stream.onAbort(give);
    let leave = () => {};
    try {
      let show = await topic.latest();
      leave = topic.listen((newer) => {
        show = newer;
        give();
      });
      const sent = new Map<string, string>();
      let wroteAt = performance.now();
      while (!stream.aborted && !isClosing) {
        const shown = show(viewer());
        if (await send(stream, shown, sent)) wroteAt = performance.now();
        if (shown.ended) return void (await write(stream, () => stream.writeSSE({ event: "end", data: "" })));
        const quiet = performance.now() - wroteAt;
        if (quiet < beat) {
          await wait(beat - quiet);
          continue;
        }
        await write(stream, () => stream.write(": nothing new\n\n"));
        wroteAt = performance.now();
      }
    } catch (error) {
      tell(`an open page isn't live any more: ${problemIn(error)}`);
    } finally {
      leave();
      open.delete(end);
    }
  }

  return {
    answer(context, topic, viewer) {
      if (open.size >= most) {
        context.header("Retry-After", "30");
        return context.text(`${most} pages are live already: reload this one to see what is new`, 503);
      }
      // Proxies that collect an answer before they pass it on, such as nginx, are told not to.
      context.header("X-Accel-Buffering", "no");
      const answer = streamSSE(context, (stream) => follow(stream, topic, viewer));
      answer.headers.set("Cache-Control", "no-store");
      return answer;
    },
    count: () => open.size,
    close() {
      for (const end of open) end();
    },
  };
}
