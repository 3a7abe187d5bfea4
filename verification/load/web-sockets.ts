import { type EventSocket, openEventSocket, type SocketEnd } from "./event-socket.ts";
import type { LoadOptions } from "./options.ts";
import type { Statistics } from "./statistics.ts";
import type { UserSession } from "./user-session.ts";

/** A drained socket is opened again soon, as a browser's would be; a lost one after a pause, lest an outage be counted by the thousand. */
const REOPEN_MS = { drained: 100, lost: 1000 } as const;

export interface WebSockets {
  /** How many are open and greeted. */
  open(): number;
  stop(): void;
}

/** Keeps `options.webSockets` sockets open, spread over the sessions; each is opened again after it ended. */
export function startWebSockets(sessions: UserSession[], options: LoadOptions, statistics: Statistics): WebSockets {
  const url = new URL("/api/events", options.baseUrl.replace(/^http/, "ws"));
  const host = options.hostname === null ? {} : { host: options.hostname };
  const live = new Map<number, EventSocket>();
  const timers = new Map<number, NodeJS.Timeout>();

  function reopen(index: number, milliseconds: number): void {
    live.delete(index);
    timers.set(
      index,
      setTimeout(() => open(index), milliseconds),
    );
  }

  function ended(index: number, end: SocketEnd): void {
    if (end.drained) statistics.webSocketDrained();
    else statistics.webSocketLost(end.why);
    reopen(index, end.drained ? REOPEN_MS.drained : REOPEN_MS.lost);
  }

  function open(index: number): void {
    const cookie = sessions[index % sessions.length]?.cookie ?? null;
    if (cookie === null) {
      reopen(index, REOPEN_MS.lost);
      return;
    }
    const socket = openEventSocket({
      url,
      headers: { cookie, ...host },
      timeoutMs: options.timeoutMs,
      onPong: statistics.pong,
      onEnd: (end) => ended(index, end),
    });
    live.set(index, socket);
  }

  for (let index = 0; index < options.webSockets; index += 1) open(index);
  return {
    open: () => [...live.values()].filter((socket) => socket.greeted()).length,
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      for (const socket of live.values()) socket.drop();
    },
  };
}
