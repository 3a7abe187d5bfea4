import { once } from "node:events";
import { WebSocket } from "ws";
import { z } from "zod";
import { eventually } from "./app-world.ts";

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  /** What arrived, as it was. */
  text: string;
}

/** A browser: keeps the cookie that it is given, whichever pod gives it. */
export interface Browser {
  cookie: string | null;
  call(url: string, method: string, path: string, body?: object): Promise<Answer>;
  logIn(url: string, user?: string, password?: string): Promise<Answer>;
  open(url: string): Promise<OpenSocket>;
}

export interface OpenSocket {
  socket: WebSocket;
  messages: Record<string, unknown>[];
  closed: Promise<number>;
}

const record = z.record(z.string(), z.unknown());

export function createBrowser(): Browser {
  const browser: Browser = {
    cookie: null,
    call: async (url, method, path, body) => {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          "content-type": "application/json",
          ...(browser.cookie === null ? {} : { cookie: browser.cookie }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      browser.cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? browser.cookie;
      const parsed = text === "" ? {} : record.parse(JSON.parse(text));
      return { status: response.status, headers: response.headers, body: parsed, text };
    },
    logIn: (url, user = "synthetic@example.com", password = "password-of-the-test") =>
      browser.call(url, "POST", "/api/login", { user, password }),
    open: async (url) => {
      const headers = browser.cookie === null ? {} : { cookie: browser.cookie };
      const socket = new WebSocket(new URL("/api/events", url.replace("http", "ws")), { headers });
      const messages: Record<string, unknown>[] = [];
      socket.on("message", (data) => messages.push(record.parse(JSON.parse(String(data)))));
      const closed = new Promise<number>((resolve) => socket.on("close", resolve));
      await once(socket, "open");
      await eventually("the hello arrives", () => messages.length > 0);
      return { socket, messages, closed };
    },
  };
  return browser;
}
