import { createHmac } from "node:crypto";

/** Hexadecimal digits of a fingerprint: enough to tell credentials apart, too few to be a verifier of the value. */
const DIGITS = 16;

/** A credential as a pod has it in use. */
export interface Credential {
  /** The release that uses it. */
  release: string;
  /** The variable, such as `REDIS_URL`; each key of a ring has the ring's name. */
  name: string;
  value: string;
}

/**
 * The keyed fingerprint under which a pod reports a credential: HMAC-SHA256 over `NAME\0VALUE`, keyed with
 * `runbooks.dev/credential-in-use/RELEASE`, its first 16 hexadecimal digits. Both sides know the key; it ties a fingerprint to one release,
 * so that no table made beforehand fits and the same credential looks different in the next release. Values have to be as
 * long as keys are: a fingerprint of a short password could be guessed (pure).
 */
export function fingerprintOf({ release, name, value }: Credential): string {
  return createHmac("sha256", `runbooks.dev/credential-in-use/${release}`)
    .update(`${name}\0${value}`)
    .digest("hex")
    .slice(0, DIGITS);
}
