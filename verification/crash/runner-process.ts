import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Point } from "./points.ts";

const ROOT = join(import.meta.dirname, "../..");
const STRIKE = pathToFileURL(join(import.meta.dirname, "strike.ts")).href;

/** How one life of a runner ended. */
export interface Life {
  /** null: it was killed */
  code: number | null;
  output: string;
  /** the points at which something was killed */
  struck: Point[];
}

/** The checkout whose command is run, and the project's folder that it works on. */
export interface LifePlace {
  program: string;
  project: string;
}

/** Runs `runbook ARGS` with kills at the points that it comes to. */
export async function live(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  points: readonly Point[],
  { program, project }: LifePlace = { program: ROOT, project: ROOT },
): Promise<Life> {
  const room = await mkdtemp(join(tmpdir(), "crash-life-"));
  const struckFile = join(room, "struck");
  try {
    const child = spawn(process.execPath, ["--import", STRIKE, join(program, "bin/runbook.ts"), ...args], {
      cwd: project,
      env: { ...process.env, ...env, RUNBOOKS_STRIKES: JSON.stringify(points), RUNBOOKS_STRUCK: struckFile },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const struck = await readFile(struckFile, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const numbers = struck.split("\n").slice(0, -1).map(Number);
    return { code, output, struck: numbers.flatMap((index) => points[index] ?? []) };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
