import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { z } from "zod";

/** The checkout. */
export const ROOT = join(import.meta.dirname, "../..");
/** What ends the service with the process that started it, whatever ends that one. */
const ENDS_WITH_PARENT = pathToFileURL(join(import.meta.dirname, "end-with-parent.ts")).href;
/** What Node writes where the program has a fault: it never is among what a service has to say. */
const FAULT = /Unhandled|TypeError|ReferenceError/;

const lineSchema = z.looseObject({
  at: z.iso.datetime(),
  level: z.enum(["info", "warn", "error"]),
  stack: z.string().nullable(),
  change: z.string().nullable(),
  message: z.string(),
  event: z.string().optional(),
});

/** A line of a service's log. */
export type Line = z.infer<typeof lineSchema>;

/** A service that runs, on an address of its own. */
export interface Service {
  pid: number;
  lines: readonly Line[];
  /** where it answers */
  url: string;
  /** what it answers at a path */
  ask(path: string): Promise<{ status: number; text: string }>;
  /**
   * Sends it a signal and waits for its end; answers with what it left, null where the signal has ended it.
   * @throws Error where it has printed a fault of the program
   */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/**
 * Starts `runbook serve ARGS` in a project's folder, and waits until it listens.
 * @throws Error where it ends before
 */
export async function startService(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Service> {
  const command = [
    "--import",
    ENDS_WITH_PARENT,
    join(ROOT, "bin/runbook.ts"),
    "serve",
    ...args,
    "--listen",
    "127.0.0.1:0",
  ];
  const child: ChildProcess = spawn(process.execPath, command, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) throw new Error("the service could not be started");
  const lines: Line[] = [];
  let said = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on("line", (text) => {
      const line = lineSchema.parse(JSON.parse(text));
      lines.push(line);
      const url = /^listening at (http:\S+)$/.exec(line.message)?.[1];
      if (url !== undefined) resolve(url);
    });
    void ended.then(() => reject(new Error(`the service ended before it listened: ${said}`)));
  });
  const url = await listening;
  return {
    pid,
    lines,
    url,
    async ask(path) {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    async kill(signal) {
      child.kill(signal);
      await ended;
      if (FAULT.test(said)) throw new Error(`the service printed: ${said}`);
      return child.exitCode;
    },
  };
}
