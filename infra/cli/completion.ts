import type { Command } from "commander";
import { pathOf } from "./examples.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A command as a shell completes it. */
export interface Completed {
  /** `records show`; empty: the program itself */
  path: string;
  description: string;
  /** what may follow: commands below it, then options */
  words: readonly { word: string; description: string }[];
}

/** Every command below a program, the program first (pure). */
export function completedOf(command: Command): Completed[] {
  const below = command.commands.map((child) => ({ word: child.name(), description: child.description() }));
  const options = command.options.flatMap(({ long, description }) =>
    long == null ? [] : [{ word: long, description }],
  );
  const choices = command.registeredArguments.flatMap(({ argChoices, description }) =>
    (argChoices ?? []).map((word) => ({ word, description })),
  );
  const words = [...below, ...choices, ...options, { word: "--help", description: "show the help" }];
  return [
    { path: pathOf(command), description: command.description(), words },
    ...command.commands.flatMap(completedOf),
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const FILES = "--release|--config-file|--ci-status";
const FOLDERS = "--migrations|--repository|--directory";
// The stacks are those whose files stand here: nothing is asked of the backend for a key press.
const STACKS = "$(ls Pulumi.*.yaml 2>/dev/null | sed 's/^Pulumi\\.//; s/\\.yaml$//')";

/** The words that aren't options, up to the cursor, are the path. */
function cases(commands: readonly Completed[]): string {
  return commands
    .map(({ path, words }) => `    ${quoted(path)}) words=${quoted(words.map(({ word }) => word).join(" "))} ;;`)
    .join("\n");
}

function bash(commands: readonly Completed[]): string {
  return `# runbook completion bash
_runbook() {
  local cur prev path="" word words="" known=${quoted(`|${commands.map(({ path }) => path).join("|")}|`)}
  COMPREPLY=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$prev" in
    --stack|--from|--to) COMPREPLY=($(compgen -W "${STACKS}" -- "$cur")); return ;;
    ${FILES}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${FOLDERS}) COMPREPLY=($(compgen -d -- "$cur")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$known" in *"|\${path:+$path }$word|"*) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases(commands)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _runbook runbook`;
}

function zsh(commands: readonly Completed[]): string {
  const described = commands
    .map(({ path, words }) => {
      const entries = words.map(({ word, description }) => quoted(`${word}:${description.replaceAll(":", "\\:")}`));
      return `    ${quoted(path)}) entries=(${entries.join(" ")}) ;;`;
    })
    .join("\n");
  return `#compdef runbook
_runbook() {
  local word at="" known=${quoted(`|${commands.map(({ path }) => path).join("|")}|`)}
  local -a entries stacks
  case "$words[CURRENT-1]" in
    --stack|--from|--to) stacks=(\${(f)"${STACKS}"}); compadd -a stacks; return ;;
    ${FILES}) _files; return ;;
    ${FOLDERS}) _files -/; return ;;
  esac
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "$known" in *"|\${at:+$at }$word|"*) at="\${at:+$at }$word" ;; esac
  done
  case "$at" in
${described}
  esac
  _describe 'runbook' entries
}
compdef _runbook runbook`;
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ path, words }) => {
    const names = path === "" ? [] : path.split(" ");
    const tops = commands
      .filter(({ path: other }) => other !== "" && !other.includes(" "))
      .map(({ path: other }) => other);
    const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
    const when = path === "" ? `not __fish_seen_subcommand_from ${tops.join(" ")}` : seen;
    return words.map(({ word, description }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c runbook -n ${quoted(when)} ${what} -d ${quoted(description)}`;
    });
  });
  const stacks = "(ls Pulumi.*.yaml 2>/dev/null | string replace -r '^Pulumi\\.(.*)\\.yaml$' '$1')";
  const named = ["stack", "from", "to"].map((option) => `complete -c runbook -l ${option} -x -a ${quoted(stacks)}`);
  return ["# runbook completion fish", ...lines, ...named].join("\n");
}

const WRITERS: Readonly<Record<Shell, (commands: readonly Completed[]) => string>> = { bash, zsh, fish };

/** The script that a shell sources (pure). */
export function completionScript(shell: Shell, commands: readonly Completed[]): string {
  return `${WRITERS[shell](commands)}\n`;
}
