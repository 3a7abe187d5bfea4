import { createHmac, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";

/** How often a key of the ring has verified a session's cookie, and when it last did, in milliseconds since the epoch. */
export interface KeyUse {
  count: number;
  lastAt: number | null;
}

export interface SessionKeys {
  /** Counts which key a logged-in request's cookie is signed with; stands behind the sessions, which know who is logged in. */
  count: RequestHandler;
  /** One entry a key, in the ring's order. */
  uses(): readonly Readonly<KeyUse>[];
}

/** The position of the key that a signed cookie (`s:ID.SIGNATURE`) is signed with; null for none of the ring, or another cookie. */
export function signedWith(ring: readonly string[], cookie: string): number | null {
  const end = cookie.lastIndexOf(".");
  if (!cookie.startsWith("s:") || end < 0) return null;
  const [id, signature] = [cookie.slice(2, end), Buffer.from(cookie.slice(end + 1))];
  const position = ring.findIndex((key) => {
    const expected = Buffer.from(createHmac("sha256", key).update(id).digest("base64").replace(/=+$/, ""));
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  });
  return position === -1 ? null : position;
}

/**
 * Counts verifications by key. A rotation may take an old key off the ring only once nobody's cookie is signed with it any
 * more, and a cookie can lie in a browser for as long as its session lives: waiting proves nothing, counting does.
 */
export function createSessionKeys(ring: readonly string[], cookieName: string): SessionKeys {
  const uses: KeyUse[] = ring.map(() => ({ count: 0, lastAt: null }));
  return {
    count: (req, _res, next) => {
      // A cookie whose session has ended keeps nobody logged in, however long a browser goes on sending it.
      const cookie = req.session.user === undefined ? null : cookieOf(req.headers.cookie ?? "", cookieName);
      const use = cookie === null ? undefined : uses[signedWith(ring, cookie) ?? -1];
      if (use !== undefined) {
        use.count += 1;
        use.lastAt = Date.now();
      }
      next();
    },
    uses: () => uses,
  };
}

function cookieOf(header: string, name: string): string | null {
  const found = header
    .split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`));
  try {
    return found === undefined ? null : decodeURIComponent(found.slice(name.length + 1));
  } catch {
    return null;
  }
}
