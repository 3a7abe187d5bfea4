/** A value shorter than this is no secret, and looking for it would shred every text. */
const SHORTEST = 6;

/** A segment of a URL's path is looked for by itself from this length on: webhooks carry their key there, databases their short name. */
const LONG_SEGMENT = 20;

function decoded(text: string): string[] {
  try {
    return [text, decodeURIComponent(text)];
  } catch {
    return [text];
  }
}

/** The password of what was meant as a URL, also where a character in it makes it none. */
function passwordOf(secret: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:(.*)@/is.exec(secret)?.[1];
  return password === undefined ? [] : decoded(password);
}

function partsOfUrl(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password, searchParams, pathname, hash } = new URL(secret);
  const segments = pathname.split("/").filter((segment) => segment.length >= LONG_SEGMENT);
  return [password, hash.slice(1), ...segments].flatMap(decoded).concat([...searchParams.values()]);
}

/** The signature of a JSON Web Token: whoever has the other two parts of it lacks that alone. */
function signatureOf(secret: string): string[] {
  const signature = /^[\w-]{8,}\.[\w-]{8,}\.([\w-]{8,})$/.exec(secret)?.[1];
  return signature === undefined ? [] : [signature];
}

/**
 * A secret and the parts of it that are secret by themselves: a URL's password, the values of its query, long segments of its path; each
 * key of a comma-separated ring; a token's signature. A URL's user and host are not: they stand in many a text that nobody has to hide.
 */
export function secretParts(secret: string): string[] {
  const parts = [secret, ...secret.split(","), ...passwordOf(secret), ...partsOfUrl(secret), ...signatureOf(secret)];
  return [...new Set(parts)].filter((part) => part.length >= SHORTEST);
}
