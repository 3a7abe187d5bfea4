/** What stands where a secret stood. */
export const REDACTED = "«redacted»";

/**
 * The password in a URL of any scheme, its slashes escaped or not, up to the last `@`: a password that isn't encoded may hold one, or a slash. A
 * port is none: digits that something follows which isn't part of a password.
 */
const URL_PASSWORD =
  /([a-z0-9+.-]:(?:\\*\/){2}[^\s/?#:@"<>[\\]{0,256}:)(?!\d{1,5}(?:[^\w@%!$*+=~.:-]|$))[^\s"<>]{1,2048}@/gi;

/** Blanks out the passwords in a text's URLs, whatever they are (pure). */
export function withoutUrlPasswords(text: string): string {
  return text.replace(URL_PASSWORD, `$1${REDACTED}@`);
}
