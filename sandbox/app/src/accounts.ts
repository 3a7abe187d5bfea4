import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { Database } from "./database.ts";

// Far below what a real service should use: the load generator logs in often, on a machine that runs everything.
const SCRYPT = { N: 1024, r: 8, p: 1 };
const KEY_BYTES = 32;

/**
 * Whether the password is the user's. Accounts are made by their first login: an unknown user is created
 * with the password given, and later logins must match it. So no migration and no variable carries a password.
 */
export async function authenticate(database: Database, user: string, password: string): Promise<"known" | "refused"> {
  const found = await passwordHash(database, user);
  if (found !== null) return verify(password, found);
  const inserted = await database.query(
    "insert into app_users (name, password_hash) values ($1, $2) on conflict (name) do nothing",
    [user, await hash(password)],
  );
  if (inserted.rowCount === 1) return "known";
  // Another first login of the same user was faster.
  const theirs = await passwordHash(database, user);
  return theirs === null ? "refused" : verify(password, theirs);
}

async function passwordHash(database: Database, user: string): Promise<string | null> {
  const { rows } = await database.query<{ password_hash: string }>(
    "select password_hash from app_users where name = $1",
    [user],
  );
  return rows[0]?.password_hash ?? null;
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `${salt.toString("base64url")}.${key.toString("base64url")}`;
}

async function verify(password: string, stored: string): Promise<"known" | "refused"> {
  const [salt = "", key = ""] = stored.split(".");
  const expected = Buffer.from(key, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  return derived.length === expected.length && timingSafeEqual(derived, expected) ? "known" : "refused";
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password, salt, KEY_BYTES, SCRYPT, (error, key) => (error === null ? resolve(key) : reject(error)));
  return promise;
}
