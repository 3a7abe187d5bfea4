import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { verdictSchema } from "../../infra/runbooks/incident/verdict.ts";

const eventSchema = z.looseObject({ type: z.string(), step: z.string().nullish() });
export type Told = z.infer<typeof eventSchema>;

const lookSchema = z.looseObject({ verdict: verdictSchema, backends: z.enum(["well", "ill"]) });
export type LookTold = z.infer<typeof lookSchema>;

/** An incident that is being answered by a process of its own. */
export interface Watched {
  events(): readonly Told[];
  looks(): LookTold[];
  ended: Promise<number>;
  /** Ends the process, where it hasn't ended. */
  end(): void;
}

/** Starts `runbook incident database --watch --json`. */
export function watchIncident(runbook: string, stack: string, env: NodeJS.ProcessEnv): Watched {
  const args = [runbook, "incident", "database", "--stack", stack, "--watch", "--json"];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const events: Told[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => events.push(eventSchema.parse(JSON.parse(line))));
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  return {
    events: () => events,
    looks: () => events.filter(({ type }) => type === "look").map((event) => lookSchema.parse(event)),
    ended,
    end: () => void child.kill("SIGKILL"),
  };
}

/** Waits until something holds. @throws Error naming it where it doesn't in time */
export async function until(what: string, within: number, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${within / 1_000} s`);
    await delay(250);
  }
}
