import { join } from "node:path";
import { ACCOUNTS } from "../../sandbox/cloud/accounts.ts";
import type { Load, LoadStats } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { run, saidLast } from "../scenarios/run.ts";
import { deployed, standing } from "../scenarios/steps.ts";
import type { World } from "../scenarios/world.ts";
import type { CanaryCase } from "./cases.ts";
import { type Told, toldIn } from "./told.ts";

const PROMOTE = ["promote", "--from", "staging", "--to", "production", "--wait", "--json"];
/** What differs from the committed settings so that a canary takes minutes: its looks and its statistics stay as they are. */
const SHORT = { drain: "5s", checks: ["1s", "2s", "3s"] };

/** What a canary came to. */
export interface Played {
  case: CanaryCase;
  told: Told;
  /** users' requests that the canary answered, and those of them that failed */
  users: { requests: number; failed: number };
  /** everything that isn't as it should be; empty where all is right */
  wrong: string[];
}

async function loadOn(world: World): Promise<Load> {
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS.production;
  const { url, hostname } = await world.gateway("production");
  return spawnLoad({ baseUrl: url, hostname, user, password });
}

/** What the canary gave users, by the releases that were there before. */
function usersOf({ byRelease }: LoadStats, before: readonly string[]): Played["users"] {
  const canaries = Object.entries(byRelease).filter(([id]) => !before.includes(id) && id.startsWith("r"));
  return canaries.reduce(
    (sum, [, { requests, failed }]) => ({ requests: sum.requests + requests, failed: sum.failed + failed }),
    { requests: 0, failed: 0 },
  );
}

function judged({ expected }: CanaryCase, { exit, gate, steps }: Told): string[] {
  if (expected.ends === "passes") {
    return exit === 0 && steps.includes("canary-100") ? [] : [`it ended with ${exit} at ${steps.at(-1)}, not with 0`];
  }
  return [
    ...(exit === 1 ? [] : [`it ended with ${exit}, not with 1`]),
    ...(expected.by.some((one) => one === gate)
      ? []
      : [`${gate ?? "no gate"} took it back, not ${expected.by.join(" or ")}`]),
    ...(steps.at(-1) === "canary-5" ? [] : [`it came to ${steps.at(-1)}`]),
  ];
}

/** Deploys the version to staging, and promotes it to production in real time under the load that the case names. */
export async function play(world: World, one: CanaryCase, version: string): Promise<Played> {
  const { project, env, program } = world;
  await deployed(world, version, one.version);
  await project.change("production", {
    application: { drain: SHORT.drain },
    canary: { stepFor: one.stepFor, checks: SHORT.checks },
    gates: { timeout: one.timeout },
    ...(one.metrics === undefined ? {} : { metrics: one.metrics }),
  });
  const before = await standing(world, "production");
  const ids = (await world.status("production")).releases.map(({ id }) => id);
  const load = one.users ? await loadOn(world) : null;
  // Nothing is shortened: a warm-up of 8 s takes 8 s, and the gates' intervals are those of a real stack.
  const at = { cwd: project.folder, env: { ...env, RUNBOOKS_TIME_SCALE: "1" } };
  const ran = await run(process.execPath, [join(program, "bin/runbook.ts"), ...PROMOTE], at);
  const stats = await load?.stop();
  const told = toldIn(ran.stdout, ran.code);
  const wrong = judged(one, told);
  const after = await standing(world, "production");
  if (one.expected.ends === "taken back" && after.join() !== before.join()) {
    wrong.push(`${after.join(", ")} stands, and before it was ${before.join(", ")}`);
  }
  if (wrong.length > 0) wrong.push(saidLast({ stdout: "", stderr: ran.stderr }));
  return { case: one, told, users: stats === undefined ? { requests: 0, failed: 0 } : usersOf(stats, ids), wrong };
}
