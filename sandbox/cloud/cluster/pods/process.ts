import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { dirname } from "node:path";
import type { CommandLine } from "../../command-line.ts";
import type { Image } from "../../images.ts";
import { type SpawnRecorded, signalGroup } from "../../processes.ts";
import type { Container } from "../schemas/container.ts";
import { pause } from "../wait.ts";
import { expandReferences } from "./environment.ts";
import type { PodLog } from "./logs.ts";

/** How a container's process ended. */
export interface Exit {
  code: number;
  signal: string | undefined;
}

export interface ContainerProcess {
  pid: number | undefined;
  exited: Promise<Exit>;
  /** Sends a signal to the process and everything that it started. */
  signal(name: NodeJS.Signals): void;
}

export interface Launch {
  what: string;
  commandLine: CommandLine;
  environment: Record<string, string>;
  folder: string;
  log: PodLog;
}

const LAST_OUTPUT_MS = 300;
const START_ERROR = 128;

/** The command of a container in its image; `$(NAME)` in it is replaced as the kubelet does. */
export function containerCommand(container: Container, image: Image, values: Record<string, string>): CommandLine {
  const [command, ...first] = container.command ?? [image.start.command, ...image.start.args];
  const args = [...first, ...(container.args ?? [])];
  return {
    command: expandReferences(command ?? image.start.command, values),
    args: args.map((arg) => expandReferences(arg, values)),
  };
}

/** What every process on this machine needs besides its pod's variables: this very Node first on the PATH. */
export function baseEnvironment(): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? "/usr/bin:/bin"}`,
    HOME: process.env.HOME ?? "/tmp",
  };
}

/** Starts a container's process. One that can't be started ends at once, with the reason in its log. */
export function launch(options: Launch, spawnRecorded: SpawnRecorded): ContainerProcess {
  const child = spawnRecorded({
    what: options.what,
    command: options.commandLine.command,
    args: options.commandLine.args,
    env: options.environment,
    cwd: options.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.stdout !== null) options.log.follow(child.stdout);
  if (child.stderr !== null) options.log.follow(child.stderr);
  const signal = (name: NodeJS.Signals): void => signalGroup(child.pid, name);
  return { pid: child.pid, exited: exitOf(child, options.log).finally(() => signal("SIGKILL")), signal };
}

async function exitOf(child: ChildProcess, log: PodLog): Promise<Exit> {
  const closed = new AbortController();
  child.once("close", () => closed.abort());
  const exit = await new Promise<Exit>((resolve) => {
    child.once("error", (error) => {
      log.write(`the container's process can't be started: ${error.message}`);
      if (child.pid === undefined) resolve({ code: START_ERROR, signal: undefined });
    });
    child.once("exit", (code, name) => {
      resolve(
        name === null ? { code: code ?? 0, signal: undefined } : { code: 128 + constants.signals[name], signal: name },
      );
    });
  });
  if (child.pid !== undefined) await pause(LAST_OUTPUT_MS, closed.signal);
  return exit;
}
