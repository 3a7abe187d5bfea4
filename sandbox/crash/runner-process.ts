import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
/** How often the record is looked at, in milliseconds: an event is a few apart from the next. */
const LOOK_EVERY = 2;

/** Where a kill -9 falls: so many milliseconds after the first event of this type in this step. */
export interface Point {
  step: string | null;
  type: string;
  delay: number;
  victim: "runner" | "runner and engine" | "engine";
}

/** How one life of a runner ended. */
export interface Life {
  /** null: it was killed */
  code: number | null;
  output: string;
  /** the points that it came to */
  points: Point[];
}

const eventSchema = z.object({ type: z.string(), step: z.string().nullable(), data: z.looseObject({}) });
const engineSchema = z.object({ pid: z.int() });

async function eventsIn(record: string): Promise<z.infer<typeof eventSchema>[]> {
  const text = await readFile(record, "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => eventSchema.parse(JSON.parse(line)));
}

/** The engine at work: the last event says which, until the end of its update follows. */
async function engineAt(record: string): Promise<number | null> {
  const last = (await eventsIn(record)).at(-1);
  return last?.type === "engine-started" ? engineSchema.parse(last.data).pid : null;
}

function kill(pid: number | null | undefined): void {
  if (pid === null || pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Runs `runbook ARGS` and kills it at the points; its record is only read, and it knows nothing of it. */
export async function live(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { record, points }: { record: string; points: readonly Point[] },
): Promise<Life> {
  const child = spawn(process.execPath, [join(ROOT, "bin/runbook.ts"), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const reached: Point[] = [];
  for (const point of points) {
    const isThere = async () =>
      (await eventsIn(record)).some(({ step, type }) => step === point.step && type === point.type);
    while (!isOver() && !(await isThere())) await delay(LOOK_EVERY);
    if (!isOver()) await Promise.race([delay(point.delay), ended]);
    if (isOver()) break;
    reached.push(point);
    const engine = await engineAt(record);
    if (point.victim !== "engine") kill(child.pid);
    if (point.victim !== "runner") kill(engine);
    if (point.victim !== "engine") break;
  }
  return { code: await ended, output, points: reached };
}
