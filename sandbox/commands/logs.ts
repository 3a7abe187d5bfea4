import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { badInput, EXIT } from "../../infra/errors.ts";
import { mustBeUp, type Print, pathsOf, type SandboxOptions } from "./sandbox.ts";

export interface LogsOptions extends SandboxOptions {
  /** Beginning of a log's name; every log where not given. */
  name: string | undefined;
  /** How many lines of each. */
  lines: number;
}

function logsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".log"))
    .sort()
    .map((file) => join(folder, file));
}

/** `runbook sandbox logs`: the last lines of the pods', stores' and daemon's logs. @throws Refusal (exit 2) for an unknown name */
export async function logs(options: LogsOptions, print: Print): Promise<number> {
  mustBeUp(options);
  const paths = pathsOf(options);
  const files = [join(paths.root, "pods"), paths.stores, paths.logs].flatMap(logsIn);
  const { name, lines } = options;
  const chosen = files.filter((file) => name === undefined || basename(file).startsWith(name));
  if (chosen.length === 0) {
    const known = files.map((file) => basename(file, ".log")).join(", ");
    throw badInput(`no log's name begins with "${name}": there are ${known}`);
  }
  for (const file of chosen) {
    const last = readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines);
    for (const line of last) print(`${basename(file, ".log")}  ${line}`);
  }
  return EXIT.done;
}
