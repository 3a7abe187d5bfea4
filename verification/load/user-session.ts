import type { Client } from "./client.ts";
import type { LoadOptions } from "./options.ts";
import type { Statistics } from "./statistics.ts";

/** Why a login was refused by a Gateway that routes nothing to the workload. */
export const NOT_ROUTED = "the login answered 404";

/** One browser: it logs in once and keeps its cookie. */
export interface UserSession {
  /** Null until logged in, and after the session was lost until it is logged in again. */
  cookie: string | null;
  /** The login under way, if there is one: a browser doesn't send its user's form twice. */
  loggingIn: Promise<"logged-in" | string> | null;
  /** Documents that it made and hasn't deleted yet, oldest first. */
  documents: string[];
}

/** Logs a session in; calls made meanwhile wait for the same login. Resolves to `logged-in`, or to why not. */
export function logIn(session: UserSession, client: Client, options: LoadOptions): Promise<"logged-in" | string> {
  session.loggingIn ??= sendLogin(session, client, options).finally(() => {
    session.loggingIn = null;
  });
  return session.loggingIn;
}

async function sendLogin(session: UserSession, client: Client, options: LoadOptions): Promise<"logged-in" | string> {
  const { user, password } = options;
  const reply = await client.call({ method: "POST", path: "/api/login", name: "/api/login", body: { user, password } });
  if (reply?.status === 200 && reply.cookie !== null) {
    session.cookie = reply.cookie;
    return "logged-in";
  }
  if (reply?.status === 404) return NOT_ROUTED;
  return reply === null ? "the login had no answer" : `the login answered ${reply.status}`;
}

/** Takes an answer's status into account: a 401 on a logged-in session means that the service lost it. */
export function noteReply(
  session: UserSession,
  reply: { status: number; cookie: string | null },
  { name, statistics }: { name: string; statistics: Statistics },
): void {
  if (reply.status === 401 && session.cookie !== null) {
    statistics.sessionLost(`${name} answered 401`);
    session.cookie = null;
  } else if (reply.cookie !== null && session.cookie !== null) {
    session.cookie = reply.cookie;
  }
}
