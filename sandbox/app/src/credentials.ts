import { createHmac } from "node:crypto";
import type { Environment } from "./environment.ts";

/** A credential in use: `position` counts the keys of a ring, the signing one first. */
export interface InUse {
  name: string;
  position: number;
  fingerprint: string;
}

/**
 * A keyed fingerprint, by which the runner sees which credential this pod uses without being told its value: HMAC-SHA256 over
 * `NAME\0VALUE` with the key `runbooks.dev/credential-in-use/RELEASE_ID`, 16 hexadecimal digits of it.
 */
export function fingerprintOf(release: string, name: string, value: string): string {
  return createHmac("sha256", `runbooks.dev/credential-in-use/${release}`)
    .update(`${name}\0${value}`)
    .digest("hex")
    .slice(0, 16);
}

/** The four credentials that are rotated, by their fingerprints. */
export function credentialsInUse(environment: Environment): InUse[] {
  const { RELEASE_ID, SUPABASE_KEY, SESSION_SECRET, AFM_KEY, REDIS_URL } = environment;
  const used = { SUPABASE_KEY: [SUPABASE_KEY], SESSION_SECRET, AFM_KEY: [AFM_KEY], REDIS_URL: [REDIS_URL] };
  return Object.entries(used).flatMap(([name, values]) =>
    values.map((value, position) => ({ name, position, fingerprint: fingerprintOf(RELEASE_ID, name, value) })),
  );
}
