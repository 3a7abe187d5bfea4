import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { type Service, startService } from "../demo/service.ts";
import { until } from "../demo/until.ts";
import { noOrphans } from "./orphans.ts";
import { saidLast } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { callsIn } from "./service-calls.ts";
import { asService, type ServicePlaces } from "./service-rights.ts";
import { deployed, nothingToDo, standing, underLoad } from "./steps.ts";
import type { World } from "./world.ts";

const TAKEN_OVER_WITHIN = 15_000;

const resultSchema = z.object({ type: z.literal("result"), change: z.string() });
const eventSchema = z.looseObject({ type: z.string(), step: z.string().nullable() });

/** Opens a change by a command, which leaves it to the service. */
async function opened(world: World, ...args: string[]): Promise<string> {
  const ran = await world.mustRun([75], [...args, "--json"]);
  assert.match(ran.stderr, /is run by the service on /, saidLast(ran));
  return resultSchema.parse(JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "")).change;
}

async function hasEvent({ env }: World, change: string, type: string, step: string): Promise<boolean> {
  const folder = fileURLToPath(env.RUNBOOKS_RECORDS ?? pathToFileURL("/").href);
  const lines = (await readFile(join(folder, change, "events.jsonl"), "utf8")).trim().split("\n");
  return lines
    .map((line) => eventSchema.parse(JSON.parse(line)))
    .some((event) => event.type === type && event.step === step);
}

const leads = ({ lines }: Service, stack: string) =>
  lines.some((line) => line.stack === stack && line.message.startsWith("leads"));

/** The promotion, the rotation and the incident, run by two services of which the leading one is killed. Answers the incident's exit code. */
async function runByServices(world: World, env: NodeJS.ProcessEnv): Promise<number> {
  const services: Service[] = [];
  const start = async () => {
    const service = await startService(world.project.folder, ["--stack", "staging", "--stack", "production"], env);
    services.push(service);
    return service;
  };
  try {
    const leader = await start();
    await until("a leader of both stacks", 60, () => leads(leader, "staging") && leads(leader, "production"));
    const follower = await start();
    await underLoad(world, "production", async () => {
      const change = await opened(world, "promote", "--from", "staging", "--to", "production");
      await until("users on the canary", 300, () => hasEvent(world, change, "settled", "canary-5"));
      const killedAt = Date.now();
      await leader.kill("SIGKILL");
      const goesOn = () => follower.lines.some((line) => line.change === change && line.message === "continued");
      await until("the other service", 60, goesOn);
      assert.ok(Date.now() - killedAt < TAKEN_OVER_WITHIN, `it went on after ${Date.now() - killedAt} ms`);
      await world.mustRun([0], ["resume", "--stack", "production", "--wait"]);
    });
    await opened(world, "rotate", "SESSION_SECRET", "--stack", "staging");
    await world.mustRun([0], ["resume", "--stack", "staging", "--wait"]);
    await world.breakOnePod("staging", "bad");
    await opened(world, "incident", "database", "--stack", "staging");
    const { code } = await world.mustRun([0], ["resume", "--stack", "staging", "--wait"]);
    assert.equal(await follower.kill("SIGTERM"), 0);
    return code;
  } finally {
    await Promise.all(services.map((service) => service.kill("SIGKILL")));
  }
}

/** Names a file for the rights that the service has used: `test/service-stack/calls.json` is one of a whole run. */
const RECORD_TO = "RUNBOOKS_RECORD_CALLS";

async function noneForbidden({ audit }: World, places: ServicePlaces): Promise<void> {
  const { used, forbidden } = await callsIn(audit ?? "", places);
  const file = process.env[RECORD_TO];
  if (file !== undefined) await writeFile(file, `${JSON.stringify(used, null, 2)}\n`);
  assert.deepEqual(forbidden, [], "the service asked for what its Roles don't allow");
  assert.ok(used.length > 0, "the API server has written down nothing of the service");
}

/** What services with their own rights run: a promotion whose leader is killed, a rotation and an incident. */
export const serve: Scenario = {
  name: "serve",
  title:
    "a promotion, a rotation and an incident that commands open and services run; the leading one is killed, the other goes on",
  stages: ["staging", "production"],
  settings: { runner: "cluster", incident: { recoverWithin: "10s" } },
  on: ["stand-ins", "real parts"],
  async play(world) {
    // No service is there yet: the command runs it.
    await deployed(world, "2026.11.23-1");
    const exit = await asService(world, async ({ env, places }) => {
      const code = await runByServices(world, env);
      if (places !== null) await noneForbidden(world, places);
      return code;
    });
    await nothingToDo(world, "production", "after the promotion");
    await noOrphans(world, "production");
    return { exit, stands: await standing(world, "production") };
  },
};
