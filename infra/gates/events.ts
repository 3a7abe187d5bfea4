import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { ANSWER_WITHIN } from "../clients/http.ts";
import { parsedJson } from "../domain/json.ts";
import { RELEASE_HEADER } from "../domain/release-header.ts";
import type { OwnOutcome } from "../metrics/own-requests.ts";
import { type Finding, foundError, unreachable, wrong } from "./finding.ts";
import { type Client, serverOf } from "./http.ts";
import type { Visit } from "./visit.ts";

const EVENTS_PATH = "/api/events";
const LARGEST_MESSAGE = 1 << 16;

export interface Expected {
  /** What is waited for, in words. */
  what: string;
  matches: (message: unknown) => boolean;
  /** What it means if it doesn't come in time. */
  otherwise: Finding["kind"];
}

/** An open WebSocket; messages are kept from the first one on, so none is missed between two waits. */
export interface EventStream {
  /** The first message not taken yet that matches; rejects with a finding after 5 s or when the socket closes. */
  next(expected: Expected): Promise<unknown>;
  send(message: Record<string, string | number>): void;
  /** Resolves when the socket has stayed open for `milliseconds`; rejects with a finding when it closes before. */
  stay(milliseconds: number): Promise<void>;
}

function opened(socket: WebSocket, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (error) => reject(foundError(unreachable(`${where} could not be opened: ${error.message}`))));
    socket.once("unexpected-response", (upgrade, answer) => {
      const detail = `${where} was answered ${answer.statusCode} instead of 101`;
      reject(foundError((answer.statusCode ?? 500) >= 500 ? unreachable(detail) : wrong(detail)));
      answer.resume();
      upgrade.destroy();
    });
  });
}

function closed(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) return resolve(true);
    const timer = setTimeout(() => socket.terminate(), ANSWER_WITHIN);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.close(1000);
  });
}

/** Opens the event stream of the client's session on its release; it is closed with the visit at the latest. */
export async function openEvents(visit: Visit, client: Client): Promise<EventStream> {
  const where = `the WebSocket ${EVENTS_PATH} on ${client.release}`;
  const { target } = visit.context;
  const ended = target.meter.sent("other");
  const socket = new WebSocket(client.socketUrl(EVENTS_PATH), {
    headers: client.headers(),
    handshakeTimeout: ANSWER_WITHIN,
    maxPayload: LARGEST_MESSAGE,
    perMessageDeflate: false,
  });
  // A Gateway counts an upgrade when it is answered or when the socket is closed: until then it is under way.
  let outcome: OwnOutcome = { release: null, status: null };
  const answered = ({ headers, statusCode = 0 }: IncomingMessage) => {
    const answer = { said: headers[RELEASE_HEADER], status: statusCode };
    outcome = { release: serverOf(target, client.release, answer), status: statusCode };
  };
  socket.once("upgrade", answered);
  socket.once("unexpected-response", (_, answer) => answered(answer));
  socket.once("close", () => ended(outcome));
  const inbox: unknown[] = [];
  let closedWith: Finding | null = null;
  const changes = new EventTarget();
  const changed = () => changes.dispatchEvent(new Event("change"));
  socket.on("message", (data) => {
    const text = String(data);
    inbox.push(parsedJson(text, text));
    changed();
  });
  socket.on("error", () => changed());
  socket.on("close", (code) => {
    closedWith = unreachable(`${where} was closed with code ${code}`);
    changed();
  });
  const giveUp = () => socket.terminate();
  visit.context.signal.addEventListener("abort", giveUp, { once: true });
  socket.once("close", () => visit.context.signal.removeEventListener("abort", giveUp));
  visit.leaves(where, () => closed(socket));
  await opened(socket, where);

  /** Asks at every change and once more when the time is over. */
  const until = <T>(milliseconds: number, ask: (moment: "open" | "over") => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        changes.removeEventListener("change", look);
      };
      const answer = (moment: "open" | "over") => {
        try {
          const found = ask(moment);
          if (found === undefined) return;
          leave();
          resolve(found);
        } catch (error) {
          leave();
          reject(error);
        }
      };
      const look = () => answer("open");
      const timer = setTimeout(() => answer("over"), milliseconds);
      changes.addEventListener("change", look);
      look();
    });

  return {
    send: (message) => socket.send(JSON.stringify(message)),
    next: ({ what, matches, otherwise }) =>
      until(ANSWER_WITHIN, (moment) => {
        const at = inbox.findIndex(matches);
        if (at >= 0) return inbox.splice(at, 1);
        if (closedWith !== null) throw foundError(closedWith);
        const late = `${where} brought no ${what} within ${ANSWER_WITHIN / 1000} s`;
        if (moment === "over") throw foundError({ kind: otherwise, detail: late });
        return undefined;
      }).then(([message]) => message),
    stay: (milliseconds) =>
      until(milliseconds, (moment) => {
        if (closedWith !== null) throw foundError(closedWith);
        return moment === "over" ? true : undefined;
      }).then(() => undefined),
  };
}
