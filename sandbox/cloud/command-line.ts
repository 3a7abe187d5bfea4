/** How a process is started. */
export interface CommandLine {
  command: string;
  args: string[];
}

const SHELL_SYNTAX = /[$`|&;<>()*?~#\n]|^\s*\w+=/;
const LISTS = /[|&;\n]/;
const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;

/**
 * Splits a command line as a shell would. One that needs a shell runs in `sh`, by `exec` where it is a single command, so that signals
 * reach the program itself.
 * @throws Error where a quote isn't closed.
 */
export function commandLine(text: string): CommandLine {
  const unquoted = text.replaceAll(/\\.|"(?:[^"\\$`]|\\.)*"|'[^']*'/g, "");
  if (/["']/.test(unquoted) && !SHELL_SYNTAX.test(unquoted)) throw new Error(`"${text}": a quote isn't closed`);
  if (SHELL_SYNTAX.test(unquoted)) {
    return {
      command: "/bin/sh",
      args: ["-c", LISTS.test(unquoted) || /^\s*\w+=/.test(unquoted) ? text : `exec ${text}`],
    };
  }
  const [command, ...args] = (text.match(WORD) ?? []).map(withoutQuotes);
  if (command === undefined) throw new Error("the command line is empty");
  return { command, args };
}

function withoutQuotes(word: string): string {
  return word.replaceAll(
    /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
    (_, escaped?: string, double?: string, single?: string) =>
      escaped ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? single ?? "",
  );
}
