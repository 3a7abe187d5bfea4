import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { resultOf, until } from "./commands.ts";
import { type Service, startService } from "./services.ts";
import { openWorld, type Ran, type World } from "./world.ts";

const STACKS = ["--stack", "staging", "--stack", "production"] as const;
const servedSchema = z.object({ service: z.object({ who: z.string(), since: z.iso.datetime() }).nullable() });

/** The short form of `npm run test:crash -- serve`. */
describe("changes that a service runs, on the real engine", function () {
  this.timeout(900_000);
  let world: World;
  let files: { staging: string; production: string };
  const services: Service[] = [];
  /** the one that leads on production */
  let leading: Service;
  before(async () => {
    world = await openWorld();
    const cluster = { "production-runbooks:runner": "cluster" };
    files = {
      staging: await world.settings("staging", cluster),
      production: await world.settings("production", cluster),
    };
  });
  after(async () => {
    await Promise.all(services.map((service) => service.kill("SIGKILL")));
    await world.down();
  });

  const start = async () => {
    const service = await startService(world, ...STACKS);
    services.push(service);
    return service;
  };
  const leads = (service: Service, stack: string) =>
    service.lines.some((line) => line.stack === stack && line.message.startsWith("leads"));
  const eventsOf = async (change: string) => {
    const folder = world.env.RUNBOOKS_RECORDS?.replace("file://", "") ?? "";
    const text = await readFile(join(folder, change, "events.jsonl"), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line) => z.looseObject({ type: z.string(), step: z.string().nullable() }).parse(JSON.parse(line)));
  };
  const has = async (change: string, type: string, step: string | null) =>
    (await eventsOf(change)).some((event) => event.type === type && event.step === step);
  const left = ({ code, stdout, stderr }: Ran) => {
    assert.equal(code, 75, stdout + stderr);
    assert.match(stderr, /is run by the service on \w+ \(process \d+ on /);
    return resultOf(stdout).change ?? "";
  };
  const promote = (...args: string[]) =>
    world.runbook(
      ...["promote", "--from", "staging", "--to", "production", "--config-file", files.production, "--json", ...args],
    );

  it("is run by the command that opened it, which says so, while no service is seen", async () => {
    const release = await world.release("v2", "2026.11.24-2");
    const args = ["deploy", "--stack", "staging", "--release", release, "--config-file", files.staging];
    const { code, stdout, stderr } = await world.runbook(...args, "--wait", "--json");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /no service was seen that runs the changes of staging/);
  });

  it("is run by the service that leads, and by the other one within 15 s of a kill in mid-canary: no request fails", async () => {
    const [one, other] = [await start(), await start()];
    await until("a leader of production", 60, async () => leads(one, "production") || leads(other, "production"));
    const [leader, follower] = leads(one, "production") ? [one, other] : [other, one];
    const load = await world.load("production");
    const change = left(await promote());
    await until("users on the canary", 240, () => has(change, "settled", "canary-5"));
    const status = await world.runbook("status", "--stack", "production", "--json");
    assert.match(
      servedSchema.parse(JSON.parse(status.stdout)).service?.who ?? "",
      new RegExp(`process ${leader.pid} on`),
    );
    const killedAt = Date.now();
    await leader.kill("SIGKILL");
    await until("the other one", 15, async () =>
      follower.lines.some((line) => line.change === change && line.message === "continued"),
    );
    assert.ok(Date.now() - killedAt < 15_000);
    const followed = await world.runbook(
      "resume",
      "--stack",
      "production",
      "--config-file",
      files.production,
      "--wait",
      "--json",
    );
    assert.equal(followed.code, 0, followed.stdout + followed.stderr);
    assert.match(followed.stdout, /"step":"check-24h"/, "the progress of its runner is seen");
    leading = follower;
    const { failed, byRelease } = await load.stop();
    assert.equal(failed, 0, JSON.stringify(byRelease));
    const { text } = await follower.ask("/metrics");
    assert.match(text, /^runbook_leader\{stack="production"\} 1$/m);
    assert.match(text, /^runbook_changes_closed_total\{stack="production",outcome="done"\} 1$/m);
    assert.match(text, /^runbook_deployments_per_day\{stack="production"\} 0\.\d+$/m);
  });

  it("is called off from another command, through the record store", async () => {
    const release = await world.release("v3", "2026.11.25-3");
    const args = ["deploy", "--stack", "staging", "--release", release, "--config-file", files.staging];
    assert.equal((await world.runbook(...args, "--wait", "--json")).code, 0);
    const change = left(await promote());
    await until("users on the canary", 240, () => has(change, "read-back", "canary-5"));
    const abort = await world.runbook("abort", "--stack", "production", "--reason", "the customer asked", "--json");
    assert.equal(abort.code, 0, abort.stdout + abort.stderr);
    assert.match(abort.stderr, /asked the runner of CHG-\S+ \(process \d+ on/);
    const events = await eventsOf(change);
    assert.match(JSON.stringify(events.find(({ type }) => type === "abort-requested")), /the customer asked/);
    const { releases } = await world.status("production");
    assert.deepEqual(
      releases.filter(({ weight }) => weight > 0).map(({ version }) => version),
      ["2026.11.24-2"],
    );
  });

  it("waits for the next service where this one is asked to end, in the middle of an update too", async () => {
    const service = await start();
    assert.equal(await leading.kill("SIGTERM"), 0);
    await until("a new leader", 60, async () => leads(service, "production"));
    const change = left(await promote());
    await until("its first update", 120, async () =>
      (await eventsOf(change)).some(({ type }) => type === "engine-started"),
    );
    assert.equal(await service.kill("SIGTERM"), 0);
    const begun = (await eventsOf(change)).filter(({ type }) => type === "updating").length;
    const made = (await eventsOf(change)).filter(({ type }) => type === "updated").length;
    assert.equal(made, begun, "no update was cut");
    const abort = await world.runbook("abort", "--stack", "production", "--json");
    assert.equal(abort.code, 0, abort.stdout + abort.stderr);
  });
});
