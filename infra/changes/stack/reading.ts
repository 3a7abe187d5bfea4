import { readdir } from "node:fs/promises";
import pRetry from "p-retry";
import { badInput, EXIT, Refusal } from "../refusal.ts";
import { type CliResult, pulumi } from "./cli.ts";

const NO_STACK = /no stack named|no previous deployment|stack '[^']*' not found/i;

/** The CLI looks for the project in its folder and above. */
const NO_PROJECT = /no Pulumi\.yaml project file found|no Pulumi project found/i;

const NO_LOGIN = /PULUMI_ACCESS_TOKEN must be set/;
const NOT_LOGGED_IN =
  'no backend is named: `pulumi login` to your team\'s; in the sandbox, `eval "$(npx --no-install runbook sandbox env)"` first';

/** A file backend's checkpoint, read while another update was writing it: it is read again. */
const TORN = /failed to load checkpoint/;
const TORN_READS = { retries: 4, minTimeout: 50, factor: 2 };

/** Which stack, of which project, with which settings. */
export interface StackPlace {
  /** the project's folder */
  cwd: string;
  name: string;
  /** another settings file than `Pulumi.NAME.yaml` */
  configFile?: string | undefined;
}

/** What the CLI says went wrong. */
export function errorText({ stderr, stdout }: Pick<CliResult, "stderr" | "stdout">): string {
  return (stderr.trim() === "" ? stdout : stderr).trim().replace(/^error: /, "");
}

async function unknownStack(cwd: string, name: string): Promise<Refusal> {
  const files = await readdir(cwd);
  const known = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return badInput(
    `--stack: there is no stack "${name}" on this backend (stack files here: ${known.join(", ")}): check the name, or make it with \`pulumi stack init ${name}\``,
  );
}

async function readOnce({ cwd, name }: StackPlace, args: readonly string[]): Promise<string> {
  const result = await pulumi(cwd, [...args, "--stack", name]);
  if (result.code === 0) return result.stdout;
  if (NO_STACK.test(result.stderr)) throw await unknownStack(cwd, name);
  if (NO_PROJECT.test(result.stderr)) {
    throw badInput(`there is no Pulumi.yaml in ${cwd} or above it: run the command in the checkout of your runbooks`);
  }
  if (NO_LOGIN.test(result.stderr)) throw badInput(`stack ${name} can't be read: ${NOT_LOGGED_IN}`);
  throw new Refusal({ exit: EXIT.refused, problems: [`stack ${name} can't be read: ${errorText(result)}`] });
}

/**
 * What the CLI prints of a stack.
 * @throws Refusal (exit 2) where there is no such stack, or it can't be read
 */
export function readStack(place: StackPlace, args: readonly string[]): Promise<string> {
  return pRetry(() => readOnce(place, args), { ...TORN_READS, shouldRetry: ({ error }) => TORN.test(error.message) });
}

/** The CLI's option for another settings file than the stack's own. */
export function settingsOption({ configFile }: Pick<StackPlace, "configFile">): string[] {
  return configFile === undefined ? [] : ["--config-file", configFile];
}

/** What `pulumi stack output --json` prints: secrets hidden. */
export function readOutputs(place: StackPlace): Promise<string> {
  return readStack(place, ["stack", "output", "--json"]);
}

/** What `pulumi config --json --show-secrets` prints: kept in memory, never shown. */
export function readConfig(place: StackPlace): Promise<string> {
  return readStack(place, ["config", "--json", "--show-secrets", ...settingsOption(place)]);
}

/** What a command has asked of its stack, while its own modules are still being loaded: the CLI takes as long as they do. */
export interface Asked {
  settings: Promise<string>;
  outputs: Promise<string>;
}

/** Asks at once for what a session begins with. */
export function askStack(place: StackPlace): Asked {
  const asked = { settings: readConfig(place), outputs: readOutputs(place) };
  // What can't be read is told by whoever waits for it, which may be later.
  for (const answer of Object.values(asked)) answer.catch(() => undefined);
  return asked;
}
