import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Load, LoadStats } from "./load.ts";
import { type LoadInput, parseLoadOptions } from "./options.ts";

const quantile = z.number().nullable();
const statsSchema: z.ZodType<LoadStats> = z.object({
  seconds: z.number(),
  sent: z.number(),
  failed: z.number(),
  underway: z.number(),
  latencyMs: z.object({ p50: quantile, p95: quantile, p99: quantile }),
  byRelease: z.record(
    z.string(),
    z.object({
      requests: z.number(),
      failed: z.number(),
      share: z.number(),
      firstAt: z.number(),
      lastAt: z.number(),
    }),
  ),
  failuresByPath: z.record(z.string(), z.number()),
  errors: z.array(z.string()),
  sessions: z.number(),
  lostSessions: z.number(),
  webSockets: z.number(),
  lostWebSockets: z.number(),
  drainedWebSockets: z.number(),
  webSocketPongs: z.number(),
  longestPauseMs: z.number(),
});
const startSchema = z.union([z.object({ started: z.literal(true) }), z.object({ error: z.string() })]);

/**
 * Runs the load in a process of its own, so that neither the runner nor the generator waits for the other's CPU.
 * The load ends with `stop`, or after `maxSeconds` where they are given: a load that had ended before what is done under it would prove
 * nothing. The process ends with `stop` or with the process that started it.
 * @throws Error as startLoad does.
 */
export async function spawnLoad(input: LoadInput): Promise<Load & { pid: number }> {
  const options = parseLoadOptions(input);
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  // A child that is gone already is told by its missing answer.
  child.stdin.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(line: string): Promise<unknown> {
    child.stdin.write(`${line}\n`);
    const answer = await answers.next();
    if (answer.done) throw new Error("the load generator ended without an answer");
    return JSON.parse(answer.value);
  }

  const start = startSchema.parse(await ask(JSON.stringify(options)));
  if ("error" in start) throw new Error(start.error);
  const { pid } = child;
  if (pid === undefined) throw new Error("the load generator did not start");

  // Answers carry no id: one question at a time keeps each with its own.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn(line: string): Promise<LoadStats> {
    const turn = last.then(() => ask(line)).then((answer) => statsSchema.parse(answer));
    last = turn.catch(() => undefined);
    return turn;
  }

  async function end(): Promise<LoadStats> {
    const final = await inTurn("stop");
    await exited;
    return final;
  }

  let ending: Promise<LoadStats> | null = null;
  return {
    pid,
    stats: () => ending ?? inTurn("stats"),
    stop: () => {
      ending ??= end();
      return ending;
    },
  };
}
