import { createHmac } from "node:crypto";
import type { Reported } from "../clients/pod-reports.ts";
import { findingOf } from "../gates/finding.ts";
import type { Target } from "../gates/gate.ts";
import { type Client, type CookieJar, newAgent, openClient } from "../gates/http.ts";
import type { Issuer, Probed } from "./issuer.ts";
import { canTell, hasKey, usedSince } from "./key-counting.ts";

export interface SessionKeysOptions {
  /** The keys of the ring that the stack knows, by generation. */
  keys(): Promise<Readonly<Record<string, string>>>;
  /** What the live pods say. */
  reports(): Promise<readonly Reported[]>;
  /** The release whose pods are asked to accept a cookie, and who logs in there. */
  target(): Promise<Target>;
}

/** Milliseconds for a whole probe. */
const WITHIN = 20_000;

/** A signed cookie (`s:ID.SIGNATURE`) signed anew with another key; null where the cookie isn't of that kind (pure). */
export function signedAnew(cookie: string, key: string): string | null {
  const plain = decodeURIComponent(cookie);
  const end = plain.lastIndexOf(".");
  if (!plain.startsWith("s:") || end < 3) return null;
  const id = plain.slice(2, end);
  const signature = createHmac("sha256", key).update(id).digest("base64").replace(/=+$/, "");
  return encodeURIComponent(`s:${id}.${signature}`);
}

/** Logs in, signs the session's cookie with the key instead, and asks who is logged in: the pods' own verdict on the key. */
async function probe(target: Target, key: string): Promise<Probed> {
  const agent = newAgent();
  const signal = AbortSignal.timeout(WITHIN);
  const open = (jar: CookieJar): Client =>
    openClient({ target, release: target.release, jar, agent, signal: () => signal, calls: [] });
  const own: CookieJar = new Map();
  try {
    await open(own).expect(200, "POST", "/api/login", { user: target.user, password: target.password });
    const forged = new Map([...own].map(([name, value]) => [name, signedAnew(value, key)] as const));
    const known = [...forged].flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    if (known.length === 0) {
      return { answer: "unknown", why: `POST /api/login on ${target.release} gave no signed cookie (s:ID.SIGNATURE)` };
    }
    const { status } = await open(new Map(known)).call("GET", "/api/session");
    if (status === 200) return { answer: "accepted" };
    if (status === 401) return { answer: "refused" };
    return { answer: "unknown", why: `GET /api/session on ${target.release} answered ${status}` };
  } catch (error) {
    return { answer: "unknown", why: findingOf(error).detail };
  } finally {
    await open(own)
      .call("POST", "/api/logout")
      .catch(() => null);
    await agent.destroy();
  }
}

/**
 * The keys that sign sessions. Their issuer is the pods: they accept what their ring holds, and count what each key verifies.
 * An id is the generation's. The program mints them and takes them off the ring by new releases.
 */
export function sessionKeys({ keys, reports, target }: SessionKeysOptions): Issuer {
  return {
    abilities: { overlap: true, mint: "program", revoke: false, introspect: true },
    mint: async () => {
      throw new Error("SESSION_SECRET: the program mints the keys, in a stack update");
    },
    probe: async (value) => probe(await target(), value),
    identify: async (value) => Object.entries(await keys()).find(([, key]) => key === value)?.[0] ?? null,
    async accepted() {
      const [known, said] = await Promise.all([keys(), reports()]);
      if (!canTell(said)) return null;
      return Object.entries(known)
        .filter(([, key]) => said.some((reported) => hasKey(reported, key)))
        .map(([id]) => ({ id, name: id }));
    },
    async uses(id, since) {
      const [known, said] = await Promise.all([keys(), reports()]);
      const key = known[id];
      if (key === undefined || !canTell(said)) return null;
      return said.reduce((sum, reported) => sum + usedSince(reported, key, since), 0);
    },
    revoke: async () => undefined,
  };
}
