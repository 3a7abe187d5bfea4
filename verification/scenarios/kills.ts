import assert from "node:assert/strict";
import { EVERYTHING, type Moment, type Point } from "../crash/points.ts";
import { live } from "../crash/runner-process.ts";
import { noOrphans } from "./orphans.ts";
import type { Scenario } from "./scenario.ts";
import { deployed, nothingToDo, standing } from "./steps.ts";
import type { World } from "./world.ts";

/** Milliseconds into an update: early, and when the cluster has begun to make something. */
const DURING = [1_500, 6_000];
/** More lives than this, and the change doesn't come to an end. */
const MORE_LIVES = 20;

const strike = (step: string, type: string, moment: Moment, delay = 0): Point => ({
  step,
  type,
  gate: null,
  moment,
  delay,
  victim: EVERYTHING,
});

/** Every place at which a machine's end hits an update of a step: before it, in it, and with its end not yet written down (pure). */
function pointsOf(steps: readonly string[]): Point[] {
  return steps.flatMap((step) => [
    strike(step, "engine-started", "before"),
    ...DURING.map((delay) => strike(step, "engine-started", "during", delay)),
    strike(step, "updated", "before"),
    strike(step, "updated", "after"),
  ]);
}

/** Carries a change out, life after life. @throws Error where a resume leaves with something else than the end's code */
async function carryOut(
  world: World,
  begin: readonly string[],
  stack: string,
  points: readonly Point[],
): Promise<number> {
  const { env, project, program } = world;
  let left = [...points];
  let struck = 0;
  let args = begin;
  for (let lives = 0; lives < points.length + MORE_LIVES; lives += 1) {
    const life = await live(args, env, left, { program, project: project.folder });
    struck += life.struck.length;
    left = left.filter((point) => !life.struck.includes(point));
    if (life.code === 0) return struck;
    if (life.code !== null) throw new Error(`runbook ${args.join(" ")} left with ${life.code}:\n${life.output}`);
    args = ["resume", "--stack", stack, "--wait"];
  }
  throw new Error(`runbook ${begin.join(" ")} came to no end`);
}

/** Point 3: a create refused what the killed update had made, and the change could never be taken up. */
export const kills: readonly Scenario[] = [
  {
    name: "kills-deploy",
    title: `kill -9 of ${EVERYTHING} before, during and after each update of a deploy: each resume goes on`,
    stages: ["staging"],
    on: ["stand-ins", "real parts"],
    async play(world) {
      const release = await world.release("v2", "2026.11.23-1");
      const begin = ["deploy", "--stack", "staging", "--release", release, "--wait"];
      const struck = await carryOut(
        world,
        begin,
        "staging",
        pointsOf(["migrate", "release", "shift", "retire", "finish"]),
      );
      assert.ok(struck >= 8, `${struck} kills`);
      await nothingToDo(world, "staging", "after the kills");
      await noOrphans(world, "staging");
      return { stands: await standing(world, "staging") };
    },
  },
  {
    name: "kills-promote",
    title: "the same for each update of a promotion",
    stages: ["staging", "production"],
    on: ["stand-ins", "real parts"],
    async play(world) {
      await deployed(world, "2026.11.23-1");
      const load = await world.load("production");
      try {
        const begin = ["promote", "--from", "staging", "--to", "production", "--wait"];
        const steps = ["migrate", "release", "canary-5", "canary-25", "canary-50", "canary-100", "retire", "finish"];
        const struck = await carryOut(world, begin, "production", pointsOf(steps));
        assert.ok(struck >= 12, `${struck} kills`);
      } finally {
        await load.stop();
      }
      await nothingToDo(world, "production", "after the kills");
      await noOrphans(world, "production");
      return { stands: await standing(world, "production") };
    },
  },
];
