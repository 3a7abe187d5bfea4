import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { badInput, type Refusal } from "../errors.ts";
import { type CliResult, pulumi } from "./cli.ts";
import { type ReadingTrouble, readingTrouble } from "./cli-text.ts";

const NOT_LOGGED_IN =
  'no backend is named: `pulumi login` to your team\'s; in the sandbox, `eval "$(npx --no-install runbook sandbox env)"` first';

const TORN =
  "an update may be writing it at this moment; if none is, a file backend may have been killed while it wrote the checkpoint's file `.attrs`: delete that where it is empty, and use file://FOLDER?metadata=skip, which writes none";

/** What is read while another update writes it is read again. */
const TORN_READS = 4;
/** Milliseconds before the first of them; each waits twice as long as the one before. */
const TORN_PAUSE = 50;

/** Which stack, of which project, with which settings. */
export interface StackPlace {
  /** the project's folder */
  cwd: string;
  name: string;
  /** another settings file than `Pulumi.NAME.yaml` */
  configFile?: string | undefined;
}

/** How long one reading may take, in milliseconds: it takes a second or two, and longer where the backend is far away. */
const LONGEST_READ = 2 * 60_000;

/** What the CLI says went wrong. */
export function errorText({ stderr, stdout, overdue }: Pick<CliResult, "stderr" | "stdout" | "overdue">): string {
  return overdue ?? (stderr.trim() === "" ? stdout : stderr).trim().replace(/^error: /, "");
}

async function unknownStack(cwd: string, name: string): Promise<Refusal> {
  const files = await readdir(cwd);
  const known = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return badInput(
    `--stack: there is no stack "${name}" on this backend (stack files here: ${known.join(", ")}): check the name, or create it with \`pulumi stack init ${name}\``,
  );
}

/** What the CLI printed, or why it couldn't. */
type Read = { printed: string } | { trouble: ReadingTrouble; said: string };

async function readOnce({ cwd, name }: StackPlace, args: readonly string[], within: number): Promise<Read> {
  const result = await pulumi(cwd, [...args, "--stack", name], { within });
  if (result.code === 0) return { printed: result.stdout };
  const said = errorText(result);
  return { trouble: readingTrouble(result.overdue ?? result.stderr), said };
}

/** The refusal of a stack that can't be read, with what to do. */
async function unreadable({ cwd, name }: StackPlace, trouble: ReadingTrouble, said: string): Promise<Refusal> {
  if (trouble === "no stack") return unknownStack(cwd, name);
  if (trouble === "no project") {
    return badInput(`there is no Pulumi.yaml in ${cwd} or above it: run the command in the checkout of your runbooks`);
  }
  if (trouble === "torn") return badInput(`stack ${name} can't be read: ${said}: ${TORN}`);
  return badInput(`stack ${name} can't be read: ${trouble === "no login" ? NOT_LOGGED_IN : said}`);
}

/**
 * What the CLI prints of a stack.
 * @param within how long each try may take, in milliseconds
 * @throws Refusal (exit 2) where there is no such stack, or it can't be read
 */
export async function readStack(place: StackPlace, args: readonly string[], within = LONGEST_READ): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const read = await readOnce(place, args, within);
    if ("printed" in read) return read.printed;
    if (read.trouble !== "torn" || tries === TORN_READS) throw await unreadable(place, read.trouble, read.said);
    await delay(TORN_PAUSE * 2 ** tries);
  }
}

/** The CLI's option for another settings file than the stack's own. */
export function settingsOption({ configFile }: Pick<StackPlace, "configFile">): string[] {
  return configFile === undefined ? [] : ["--config-file", configFile];
}

/** What `pulumi stack output --json` prints, within so many milliseconds: secrets hidden. */
export function readOutputs(place: StackPlace, within?: number): Promise<string> {
  return readStack(place, ["stack", "output", "--json"], within);
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
