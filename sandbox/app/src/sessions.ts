import { type Request, type RequestHandler, Router } from "express";
import session from "express-session";
import type { Redis } from "ioredis";
import { z } from "zod";
import { authenticate } from "./accounts.ts";
import type { Database } from "./database.ts";
import { httpFailure } from "./failures.ts";
import { parseBody } from "./requests.ts";
import { createSessionStore, SESSION_TTL_SECONDS } from "./session-store.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}

/** The session cookie's name. */
export const SESSION_COOKIE = "app.sid";
const credentials = z.object({ user: z.string().min(1).max(200), password: z.string().min(1).max(200) });

/**
 * Sessions in Redis, found by a signed cookie. Rolling: each answer re-signs the cookie with the ring's first key,
 * so that sessions move to a new key as they are used. The cookie is `Secure` where the request came by https.
 */
export function sessions(redis: Redis, ring: string[]): RequestHandler {
  return session({
    name: SESSION_COOKIE,
    secret: ring,
    store: createSessionStore(redis),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { httpOnly: true, sameSite: "lax", secure: "auto", maxAge: SESSION_TTL_SECONDS * 1000 },
  });
}

/** The user who is logged in. @throws a 401 where nobody is. */
export function userOf(req: Request): string {
  const { user } = req.session;
  if (user === undefined) throw httpFailure(401, "log in first");
  return user;
}

/** POST /login, GET /session, POST /logout. */
export function sessionRoutes(database: Database): Router {
  const router = Router();
  router.post("/login", async (req, res) => {
    const { user, password } = parseBody(credentials, req.body);
    if ((await authenticate(database, user, password)) === "refused") {
      throw httpFailure(401, "the user or the password is wrong");
    }
    // A new id at login, so that an id planted before it is worth nothing.
    await settled((done) => req.session.regenerate(done));
    req.session.user = user;
    await settled((done) => req.session.save(done));
    res.json({ user });
  });
  router.get("/session", (req, res) => {
    res.json({ user: userOf(req) });
  });
  router.post("/logout", async (req, res) => {
    await settled((done) => req.session.destroy(done));
    res.clearCookie(SESSION_COOKIE).status(204).end();
  });
  return router;
}

function settled(start: (done: (error: unknown) => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  start((error) => (error ? reject(error) : resolve()));
  return promise;
}
