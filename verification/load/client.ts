import { Pool } from "undici";
import { RELEASE_HEADER } from "../../infra/domain/release-header.ts";
import type { LoadOptions } from "./options.ts";
import { NO_RELEASE, type Statistics } from "./statistics.ts";
import { timeLimit } from "./time-limit.ts";

export interface Call {
  method: "GET" | "POST" | "DELETE";
  /** The path that is asked for. */
  path: string;
  /** The path as the statistics name it, without ids. */
  name: string;
  body?: object;
  cookie?: string;
}

export interface Reply {
  status: number;
  text: string;
  /** The `name=value` of the cookie that the answer sets, if it does. */
  cookie: string | null;
}

export interface Client {
  /** Sends one request and counts it. Resolves to null where there was no answer. */
  call(call: Call): Promise<Reply | null>;
  close(): Promise<void>;
}

/** Keep-alive connections to the gateway; a 5xx, a broken connection and a timeout are failures. */
export function createClient(options: LoadOptions, statistics: Statistics): Client {
  const pool = new Pool(options.baseUrl, { connections: 64, pipelining: 1, connectTimeout: options.timeoutMs });

  async function send({ method, path, body, cookie }: Call, signal: AbortSignal): Promise<Reply & { release: string }> {
    const response = await pool.request({
      method,
      path,
      headers: {
        ...(options.hostname === null ? {} : { host: options.hostname }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    return {
      status: response.statusCode,
      text: await response.body.text(),
      cookie: firstOf(response.headers["set-cookie"])?.split(";")[0] ?? null,
      release: firstOf(response.headers[RELEASE_HEADER]) ?? NO_RELEASE,
    };
  }

  return {
    call: async (call) => {
      const started = performance.now();
      const path = `${call.method} ${call.name}`;
      const limit = timeLimit(options.timeoutMs);
      statistics.sent();
      try {
        const { release, ...reply } = await send(call, limit.signal);
        const failure = reply.status >= 500 ? `answered ${reply.status}: ${reply.text.slice(0, 120)}` : null;
        statistics.finished({ path, release, milliseconds: performance.now() - started, failure });
        return reply;
      } catch (error) {
        const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        statistics.finished({ path, release: NO_RELEASE, milliseconds: performance.now() - started, failure });
        return null;
      } finally {
        limit.clear();
      }
    },
    close: () => pool.destroy(),
  };
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}
