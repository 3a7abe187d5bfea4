import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { EXIT } from "../../../infra/errors.ts";
import { type Ran, run, saidLast } from "../../scenarios/run.ts";
import { ROOT, type World } from "../../scenarios/world.ts";
import type { Contender } from "./contender.ts";
import { LOOK_SECONDS, STEP_MINUTES } from "./pace.ts";

const RUNBOOK = join(ROOT, "bin/runbook.ts");
const PROMOTE = ["promote", "--from", "staging", "--to", "production", "--wait"];
const SETTINGS = `production's committed settings: looks every ${LOOK_SECONDS} s at most, alpha 0.05, limit 5 %; weights by HTTPRoute, ${STEP_MINUTES} min each`;

/** The environment of a team's own shell: nothing is faster than life. */
const realTime = ({ env }: World): NodeJS.ProcessEnv => ({ ...env, RUNBOOKS_TIME_SCALE: "1" });

function contender(world: World, hostname: string, how: { name: string; close: Contender["close"] }): Contender {
  let ended: { ran: Ran } | { error: unknown } | null = null;
  const leaving = new AbortController();
  return {
    name: how.name,
    settings: SETTINGS,
    hostname,
    async release() {
      const at = { cwd: world.project.folder, env: realTime(world), signal: leaving.signal };
      run(process.execPath, [RUNBOOK, ...PROMOTE], at).then(
        (ran) => {
          ended = { ran };
        },
        (error: unknown) => {
          ended = { error };
        },
      );
    },
    async isOver() {
      if (ended === null) return false;
      if ("error" in ended) throw ended.error;
      const { ran } = ended;
      if (ran.code !== EXIT.restored) throw new Error(`the promotion ended with ${ran.code}:\n${saidLast(ran)}`);
      return true;
    },
    async close() {
      leaving.abort();
      await how.close();
    },
  };
}

/** Ours, carried by the command that began it. */
export async function oursByCommand(world: World): Promise<Contender> {
  const { hostname } = await world.gateway("production");
  return contender(world, hostname, { name: "ours, --wait", close: async () => undefined });
}

const lineSchema = z.looseObject({ message: z.string() });

/** Starts `runbook serve` for production and waits until it listens. */
async function startService(world: World): Promise<ChildProcess> {
  const args = [RUNBOOK, "serve", "--stack", "production", "--listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, args, {
    cwd: world.project.folder,
    env: realTime(world),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = /^listening at (\S+)$/.exec(lineSchema.parse(JSON.parse(line)).message)?.[1];
      if (said !== undefined) resolve(said);
    });
    child.once("close", (code) => reject(new Error(`the service ended with ${code} before it listened`)));
  });
  // A command that finds nobody who leads carries its change itself.
  while (!/^runbook_leader\{[^}]*\} 1$/m.test(await (await fetch(`${url}/metrics`)).text())) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode} before it led`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return child;
}

/** Ours, carried by the service; the command only opens it and follows. */
export async function oursByService(world: World): Promise<Contender> {
  await world.project.change("production", { runner: "cluster" });
  const service = await startService(world);
  const { hostname } = await world.gateway("production");
  return contender(world, hostname, {
    name: "ours, as a service",
    async close() {
      const gone = once(service, "close");
      service.kill("SIGTERM");
      await gone;
      await world.project.change("production", { runner: "command" });
    },
  });
}
