import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { isLocked, readingTrouble } from "../../infra/stack/cli-text.ts";
import { ACCOUNTS, type Stage } from "../../sandbox/cloud/accounts.ts";
import type { Point } from "../crash/points.ts";
import { live } from "../crash/runner-process.ts";
import type { LoadStats } from "../load/load.ts";
import { saidLast } from "./run.ts";
import type { World } from "./world.ts";

/** A plain preview, then a plain update, that have nothing to do. @throws Error with what they would do */
export async function nothingToDo(world: World, stage: Stage, moment: string): Promise<void> {
  for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const args = [...command, "--diff", "--expect-no-changes", "--stack", stage];
    let ran = await world.pulumi(args);
    while (isLocked(ran.stderr + ran.stdout) || readingTrouble(ran.stderr) === "torn") {
      await delay(500);
      ran = await world.pulumi(args);
    }
    assert.equal(ran.code, 0, `${moment}: pulumi ${command[0]} had something to do:\n${saidLast(ran)}`);
  }
}

/** The versions that stand on a stack and their weights, such as `2026.11.22-1 100`. */
export async function standing(world: World, stage: Stage): Promise<string[]> {
  const { releases } = await world.status(stage);
  return releases.map(({ version, weight }) => `${version} ${weight}`);
}

/** Deploys a version of the reference workload to staging, to its end. */
export async function deployed(world: World, version: string, folder = "v2"): Promise<void> {
  const release = await world.release(folder, version);
  await world.mustRun([0], ["deploy", "--stack", "staging", "--release", release, "--wait"]);
}

/** Does something under load. @throws Error where a request, a session or a WebSocket is lost */
export async function underLoad<T>(world: World, stage: Stage, work: () => Promise<T>): Promise<T> {
  const load = await world.load(stage);
  let stats: LoadStats;
  let done: T;
  try {
    done = await work();
  } finally {
    stats = await load.stop();
  }
  const { failed, lostSessions, lostWebSockets, errors, sent } = stats;
  const none = { failed: 0, lostSessions: 0, lostWebSockets: 0 };
  assert.deepEqual({ failed, lostSessions, lostWebSockets }, none, `of ${sent} requests: ${errors.join("\n")}`);
  return done;
}

/** Where a runner is killed so that its change stands in the middle. */
export function killedAfter(step: string, type = "updated"): Point {
  return { step, type, gate: null, moment: "after", delay: 0, victim: "runner" };
}

/** Runs `runbook ARGS` until it is killed at a point. @throws Error where it doesn't come there */
export async function runUntil(world: World, args: readonly string[], point: Point): Promise<void> {
  const { env, project, program } = world;
  const life = await live(args, env, [point], { program, project: project.folder });
  assert.equal(
    life.struck.length,
    1,
    `runbook ${args.join(" ")} ended with ${life.code} before ${point.step}: ${life.output}`,
  );
}

/** A user's own documents, through the Gateway. */
export interface Documents {
  /** Writes one and gives its id. */
  write(title: string): Promise<string>;
  /** The status with which one is answered. */
  read(id: string): Promise<number>;
}

/** Logs the synthetic user in. */
export async function documents(world: World, stage: Stage): Promise<Documents> {
  const { url, hostname } = await world.gateway(stage);
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stage];
  let cookie = "";
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await world.request(new URL(path, url), { method, hostname, cookie, body });
    const [set] = answer.cookies;
    if (set !== undefined) cookie = set.split(";")[0] ?? "";
    return answer;
  };
  const login = await call("POST", "/api/login", { user, password });
  assert.equal(login.status, 200, `the login was answered with ${login.status}`);
  return {
    async write(title) {
      const answer = await call("POST", "/api/documents", { title, body: title });
      assert.equal(answer.status, 201, `a document was answered with ${answer.status}: ${answer.text}`);
      return String(JSON.parse(answer.text).id);
    },
    read: async (id) => (await call("GET", `/api/documents/${id}`)).status,
  };
}
