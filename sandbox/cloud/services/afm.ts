import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";
import { type InterruptibleService, serveInterruptible } from "./outage.ts";

interface Key {
  id: string;
  name: string;
  value: string;
  /** Whose it is: the token with which the adapter lists it. */
  owner: string;
  lastUsedAt: string | null;
}

/** The third party: it accepts a set of keys and takes reconciliations. */
export interface Afm {
  readonly service: InterruptibleService;
  /** The adapter in front of AFM's key management, such as a team runs one: find or make, list, withdraw. */
  readonly adapter: Service;
  /** Stops accepting a key; false where it wasn't accepted anyway. */
  revoke(key: string): boolean;
  /** Accepts the keys of an owner again that were revoked so. */
  acceptAll(owner: string): number;
  /** Stops accepting every key of an owner; how many there were. */
  revokeAll(owner: string): number;
  /** The next withdrawal of an owner's key is acknowledged, the key leaves the list, and AFM goes on taking it. */
  ignoreNextRevoke(owner: string): void;
  /** A new key, as AFM's console would show it to the operator. */
  issue(owner: string): string;
}

/** A key that exists before the program, and the adapter's token that it is listed with. */
export interface FirstKey {
  value: string;
  owner: string;
}

const keyRequest = z.strictObject({ name: z.string().regex(/^[a-z0-9_]{1,64}$/) });

function keyOf({ headers }: Asked): string {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  return bearer ?? String(headers["x-api-key"] ?? "");
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

function newKey(name: string, owner: string): Key {
  return { id: randomUUID(), name, value: `afm_${randomBytes(24).toString("base64url")}`, owner, lastUsedAt: null };
}

/** Starts AFM and its adapter with the keys of all stages. */
export async function startAfm(initial: readonly FirstKey[]): Promise<Afm> {
  const keys = new Map<string, Key>();
  const undead: Key[] = [];
  const ignored = new Map<string, number>();
  const keep = (key: Key): Key => {
    keys.set(key.id, key);
    return key;
  };
  for (const { value, owner } of initial) keep({ ...newKey("first", owner), value });

  const handle = (asked: Asked): Answer => {
    const given = keyOf(asked);
    const key = [...keys.values(), ...undead].find(({ value }) => value === given);
    if (key === undefined) return { status: 401, body: { error: "unknown_key" } };
    key.lastUsedAt = new Date().toISOString();
    const operation = `${asked.method} ${asked.url.pathname}`;
    if (operation === "GET /v1/status") return { status: 200, body: { status: "ok" } };
    if (operation !== "POST /v1/reconciliations") return { status: 404, body: { error: "not_found" } };
    if (!isJson(asked.body)) return { status: 400, body: { error: "bad_request" } };
    return { status: 202, body: { id: randomUUID(), status: "accepted" } };
  };

  const withdraw = (owner: string, key: Key): void => {
    keys.delete(key.id);
    const left = ignored.get(owner) ?? 0;
    if (left === 0) return;
    ignored.set(owner, left - 1);
    undead.push(key);
  };
  const owners = new Set(initial.map(({ owner }) => owner));
  const adapt = (asked: Asked): Answer => {
    const owner = keyOf(asked);
    if (!owners.has(owner)) return { status: 401, body: { error: "unknown_token" } };
    const own = [...keys.values()].filter((key) => key.owner === owner);
    const [, kind, id] = asked.url.pathname.split("/");
    if (kind !== "keys") return { status: 404, body: { error: "not_found" } };
    if (asked.method === "GET" && id === undefined) {
      const shown = own.map(({ id, name, value, lastUsedAt }) => ({
        id,
        name,
        sha256: createHash("sha256").update(value).digest("hex"),
        lastUsedAt,
      }));
      return { status: 200, body: shown };
    }
    if (asked.method === "POST" && id === undefined) {
      const { name } = keyRequest.parse(JSON.parse(asked.body));
      const found = own.find((key) => key.name === name);
      const { id, value } = found ?? keep(newKey(name, owner));
      return { status: found === undefined ? 201 : 200, body: { id, value } };
    }
    const doomed = own.find((key) => key.id === id);
    if (asked.method !== "DELETE" || doomed === undefined) return { status: 404, body: { error: "not_found" } };
    withdraw(owner, doomed);
    return { status: 204 };
  };

  const [service, adapter] = await Promise.all([serveInterruptible(handle), serveHttp(adapt)]);
  let revoked: Key[] = [];
  const revokeWhere = (doomed: (key: Key) => boolean): number => {
    const found = [...keys.values()].filter(doomed);
    for (const { id } of found) keys.delete(id);
    revoked.push(...found);
    return found.length;
  };
  const acceptAll = (owner: string): number => {
    const back = revoked.filter((key) => key.owner === owner);
    for (const key of back) keys.set(key.id, key);
    revoked = revoked.filter((key) => key.owner !== owner);
    return back.length;
  };
  return {
    service,
    adapter,
    revoke: (value) => revokeWhere((key) => key.value === value) > 0,
    acceptAll,
    revokeAll: (owner) => revokeWhere((key) => key.owner === owner),
    ignoreNextRevoke: (owner) => void ignored.set(owner, (ignored.get(owner) ?? 0) + 1),
    issue: (owner) => keep(newKey(`console_${keys.size}`, owner)).value,
  };
}
