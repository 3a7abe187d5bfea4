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

/** What one open page is sent. */
interface Outgoing {
  /** Sends what differs from what was sent before; answers whether anything did. */
  show(shown: Shown): Promise<boolean>;
  /** Says that the page has ended. */
  end(): Promise<void>;
  /** Says that the stream lives. */
  beat(): Promise<void>;
}

/** Writes into a stream; a client that takes nothing for so many milliseconds is dropped. */
export function writingTo(
  stream: Pick<SSEStreamingApi, "aborted" | "abort" | "write" | "writeSSE">,
  patience: number,
): Outgoing {
  const sent = new Map<string, string>();
  const write = async (work: () => Promise<unknown>): Promise<void> => {
    const timer = setTimeout(() => stream.abort(), patience);
    try {
      await work();
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    async show({ parts, news }) {
      let wrote = false;
      for (const { id, html } of [...parts, { id: "news", html: { html: news } }]) {
        if (sent.get(id) === html.html || stream.aborted) continue;
        const data = id === "news" ? news : JSON.stringify({ id, html: html.html });
        await write(() => stream.writeSSE({ event: id === "news" ? "news" : "part", data }));
        sent.set(id, html.html);
        wrote = true;
      }
      return wrote;
    },
    end: () => write(() => stream.writeSSE({ event: "end", data: "" })),
    beat: () => write(() => stream.write(": nothing new\n\n")),
  };
}

/** What one open page waits for and shows. */
interface Watching {
  shown(): Shown;
  /** Resolves when there may be something new, or after so many milliseconds. */
  wait(most: number): Promise<void>;
  /** whether nobody is to be shown it any more */
  isOver(): boolean;
}

/** Shows what is new until the page has ended, or it is over; says so every `beat` milliseconds where nothing is. */
async function showLive(outgoing: Outgoing, { shown, wait, isOver }: Watching, beat: number): Promise<void> {
  let wroteAt = performance.now();
  while (!isOver()) {
    const now = shown();
    if (await outgoing.show(now)) wroteAt = performance.now();
    if (now.ended) return outgoing.end();
    const quiet = performance.now() - wroteAt;
    if (quiet < beat) {
      await wait(beat - quiet);
      continue;
    }
    await outgoing.beat();
    wroteAt = performance.now();
  }
}

/**
 * Opens the streams.
 * @param tell is told why a stream ended that should have gone on; the browser asks for it again
 */
export function openStreams({ most, beat, patience }: Limits, tell: (problem: string) => void): Streams {
  const open = new Set<() => void>();

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
      const watching = { shown: () => show(viewer()), wait, isOver: () => stream.aborted || isClosing };
      await showLive(writingTo(stream, patience), watching, beat);
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
