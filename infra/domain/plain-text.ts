/**
 * Text from people and from other programs, made fit to be shown: a terminal obeys escape sequences, a page reorders what stands between bidirectional
 * marks, and trackers tell everybody who is mentioned.
 */

/** Control and format characters (Unicode's Cc and Cf: C0, C1, bidirectional marks, zero widths), separators of lines, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A text with every character that isn't seen replaced by "?", but for ends of lines and tabs (pure). */
export function printable(text: string): string {
  return text.replace(UNSEEN, (character) => (character === "\n" || character === "\t" ? character : "?"));
}

/** The same on one line (pure). */
export function printableLine(text: string): string {
  return printable(text.replace(/\s+/g, " ")).trim();
}

/** A text on one line that Markdown shows as it is (pure). */
export function markdownLine(text: string): string {
  return printableLine(text).replace(/[\\|`*_<>[\]]/g, "\\$&");
}

/** Goes between a mark and a name, so that a tracker sees no mention and no reference. */
const ZERO_WIDTH_SPACE = "&#8203;";

/** A text on one line for a ticket or an issue: nobody is mentioned, nothing is linked or closed by it, nothing in it is hidden (pure). */
export function ticketLine(text: string): string {
  return markdownLine(text.replaceAll("&", "&amp;"))
    .replace(/\\([<>])/g, (_, mark: string) => (mark === "<" ? "&lt;" : "&gt;"))
    .replace(/([@#])(?=[\p{L}\p{N}])/gu, `$1${ZERO_WIDTH_SPACE}`)
    .replace(/\b(GH)-(?=\d)/gi, `$1${ZERO_WIDTH_SPACE}-`);
}
