import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { ROOT, type World } from "./world.ts";

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
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/** Starts `runbook serve` in the checkout, and waits until it listens. */
export const startService = (world: Pick<World, "env">, ...args: string[]): Promise<Service> =>
  startServiceIn(ROOT, world, ...args);

/** The same in a project's folder with settings of its own. */
export async function startServiceIn(folder: string, world: Pick<World, "env">, ...args: string[]): Promise<Service> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(ROOT, "bin/runbook.ts"), "serve", ...args, "--listen", "127.0.0.1:0"],
    { cwd: folder, env: { ...process.env, ...world.env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const { pid, stdout, stderr } = child;
  assert.ok(pid !== undefined && stdout !== null && stderr !== null);
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
      assert.doesNotMatch(said, /Unhandled|TypeError|ReferenceError/, said);
      return child.exitCode;
    },
  };
}
