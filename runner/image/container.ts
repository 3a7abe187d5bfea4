import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../tools/run.mjs";
import { inspectImage, type StartedBy } from "./buildah.ts";

const SCRIPT = join(import.meta.dirname, "container.sh");
const NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];

/** A container of an image, in which commands are run with the image's own settings. */
export interface Container {
  startedBy: StartedBy;
  /** Starts a command; `env` is added to the image's. */
  start: (command: readonly string[], env?: Readonly<Record<string, string>>) => ChildProcess;
}

/** Makes a container of an image for as long as the work lasts. */
export async function inContainer<T>(image: string, work: (container: Container) => Promise<T>): Promise<T> {
  const startedBy = await inspectImage(image);
  const container = (await run("buildah", ["from", "--pull-never", image])).trim();
  // Without root, buildah's own user namespace has the rights to mount.
  const within = process.getuid?.() === 0 ? NAMESPACES : ["buildah", "unshare", ...NAMESPACES];
  const started: ChildProcess[] = [];
  try {
    return await work({
      startedBy,
      start(command, env = {}) {
        const variables = [...startedBy.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
        const inside = [
          "/usr/bin/env",
          "-i",
          ...variables,
          "/bin/sh",
          "-c",
          'cd "$0" && exec "$@"',
          startedBy.WorkingDir,
        ];
        const [program = "", ...args] = [...within, "sh", SCRIPT, container, startedBy.User, ...inside, ...command];
        const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
        started.push(child);
        return child;
      },
    });
  } finally {
    for (const child of started) child.kill("SIGKILL");
    await run("buildah", ["rm", container]);
  }
}

/** The image's init in a container that was started; undefined where it isn't there (yet). `unshare` passes no signal on. */
export function initOf({ pid }: ChildProcess): number | undefined {
  for (let at = pid; at !== undefined; ) {
    const [name = "", children = ""] = ["comm", `task/${at}/children`].map((file) => read(`/proc/${at}/${file}`));
    if (name.trim() === "tini") return at;
    const [child] = children.trim().split(" ");
    at = child === undefined || child === "" ? undefined : Number(child);
  }
  return undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
