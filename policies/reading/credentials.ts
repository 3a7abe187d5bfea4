import { entries, type Field, items, textAt } from "./inputs.ts";

const SECRET_WORDS = /PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|PRIVATE_KEY|API_?KEY/;
const SECRET_ENDS = /(^|_)KEY$/;
const SECRET_NAMES = new Set(["REDIS_URL", "DATABASE_URL"]);
// These speak about a secret and don't hold it.
const HARMLESS_ENDS =
  /_(NAME|NAMES|ID|ARNS?|FILE|PATH|REF|GENERATION|VERSION|TTL|AGE|DAYS|HOURS|MINUTES|SECONDS|LENGTH|LIMIT|COUNT|ENABLED)$/;

const CREDENTIALS: readonly { readonly what: string; readonly shape: RegExp }[] = [
  { what: "a Supabase secret key", shape: /\bsb_secret_[\w-]{8,}/ },
  { what: "a URL with a password in it", shape: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i },
  { what: "a private key", shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: "an AWS access key id", shape: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: "a JSON web token", shape: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { what: "a Slack webhook", shape: /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/ },
];

const BASE64 = /^[A-Za-z0-9+/]{16,}={0,2}$/;

/** Whether a variable, key or label of this name is meant to hold a secret: AFM_KEY, sessionSecret, db-password. */
export function soundsSecret(name: string): boolean {
  const word = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
  if (SECRET_NAMES.has(word)) return true;
  return !HARMLESS_ENDS.test(word) && (SECRET_WORDS.test(word) || SECRET_ENDS.test(word));
}

/** What kind of credential the text holds, in clear or in base64; `undefined` if it holds none. */
function credentialIn(text: string): string | undefined {
  return credentialInClear(text) ?? (BASE64.test(text) ? inBase64(text) : undefined);
}

/** Every text below `field` that holds a credential, but for the subtrees that `spared` names. */
export function credentialsBelow(field: Field, spared: (path: string) => boolean): { path: string; what: string }[] {
  if (spared(field.path)) return [];
  const what = credentialIn(textAt(field) ?? "");
  const here = what === undefined ? [] : [{ path: field.path, what }];
  const inside = [...items(field), ...entries(field).map(([, entry]) => entry)];
  return [...here, ...inside.flatMap((place) => credentialsBelow(place, spared))];
}

function credentialInClear(text: string): string | undefined {
  return CREDENTIALS.find(({ shape }) => shape.test(text))?.what;
}

function inBase64(text: string): string | undefined {
  const what = credentialInClear(Buffer.from(text, "base64").toString("utf8"));
  return what === undefined ? undefined : `${what} in base64`;
}
