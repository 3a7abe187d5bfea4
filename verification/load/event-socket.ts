import { WebSocket } from "ws";
import { z } from "zod";

const PING_MS = 1000;
/** "Service restart": the server gives notice that the socket is to be opened again elsewhere. */
const RESTART = 1012;

const message = z.object({ type: z.string() });

/** How a socket came to its end: with the server's notice, or lost, and why. */
export type SocketEnd = { drained: true } | { drained: false; why: string };

export interface EventSocketOptions {
  url: URL;
  headers: Record<string, string>;
  /** Longer than this without an answer to the handshake or to a ping, and the socket counts as lost. */
  timeoutMs: number;
  onPong: () => void;
  onEnd: (end: SocketEnd) => void;
}

export interface EventSocket {
  /** Whether the server's hello was received and the socket is open. */
  greeted(): boolean;
  /** Cuts the socket off without a call of `onEnd`. */
  drop(): void;
}

/** One browser's WebSocket: waits for the hello, pings once a second, and tells how it ended. */
export function openEventSocket({ url, headers, timeoutMs, onPong, onEnd }: EventSocketOptions): EventSocket {
  const socket = new WebSocket(url, { headers, handshakeTimeout: timeoutMs, perMessageDeflate: false });
  const state = { greeted: false, bye: false, dropped: false, unanswered: 0 };
  let failure: string | null = null;

  const pings = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    state.unanswered += 1;
    if (state.unanswered * PING_MS > timeoutMs) {
      failure = "its pings are not answered";
      socket.terminate();
    } else {
      socket.send(JSON.stringify({ type: "ping", n: state.unanswered }));
    }
  }, PING_MS);

  socket.on("message", (data) => {
    const { type } = message.parse(JSON.parse(String(data)));
    if (type === "hello") state.greeted = true;
    if (type === "bye") state.bye = true;
    if (type === "pong") {
      state.unanswered = 0;
      onPong();
    }
  });
  socket.on("error", (error) => {
    failure = error.message;
  });
  socket.on("close", (code) => {
    clearInterval(pings);
    if (state.dropped) return;
    const when = state.greeted ? "" : " before its hello";
    if (state.greeted && (state.bye || code === RESTART)) onEnd({ drained: true });
    else onEnd({ drained: false, why: failure ?? `closed with ${code}${when}` });
    state.greeted = false;
  });

  return {
    greeted: () => state.greeted,
    drop: () => {
      state.dropped = true;
      socket.terminate();
    },
  };
}
