import { join } from "node:path";
import { z } from "zod";
import { releaseStateSchema } from "../../infra/domain/releases.ts";
import { alarmStates } from "../../sandbox/commands/alarms.ts";
import { runCommand } from "../demo/commands.ts";
import type { FaultCase } from "./cases.ts";
import { type LookTold, type Told, until, watchIncident } from "./watched.ts";

const RUNBOOK = join(import.meta.dirname, "../../bin/runbook.ts");
const STACK = "staging";
/** Generous: a busy machine starts processes slowly. */
const WITHIN = 240_000;
/** Real writes in a row that a restart has to wait for. */
const WRITES = 3;

const podSchema = z.looseObject({ name: z.string(), pid: z.int().nullable(), ready: z.boolean(), release: z.string() });
const statusSchema = z.looseObject({
  stacks: z.looseObject({ staging: z.looseObject({ pods: z.array(podSchema) }) }),
});
const outputsSchema = z.looseObject({ releaseState: releaseStateSchema });

/** What came of one fault. */
export interface Outcome {
  name: string;
  /** what the diagnosis said first */
  said: string;
  /** everything that isn't as it should be; empty where all is right */
  wrong: string[];
  seconds: number;
}

/** A sandbox with its staging stack up. */
export interface FaultWorld {
  env: NodeJS.ProcessEnv;
}

async function runbook({ env }: FaultWorld, args: readonly string[]): Promise<string> {
  const { code, stdout } = await runCommand(process.execPath, [RUNBOOK, ...args], { env, output: "kept" });
  if (code !== 0) throw new Error(`runbook ${args.join(" ")} left with ${code}`);
  return stdout;
}

const fault = (world: FaultWorld, words: readonly string[]) =>
  runbook(world, ["sandbox", "fault", ...words, "--stack", STACK]);

async function podsOf(world: FaultWorld) {
  const { stacks } = statusSchema.parse(JSON.parse(await runbook(world, ["sandbox", "status", "--json"])));
  return stacks.staging.pods;
}

async function stateOf({ env }: FaultWorld) {
  const { stdout } = await runCommand("pulumi", ["stack", "output", "--json", "--stack", STACK], {
    env,
    output: "kept",
  });
  return outputsSchema.parse(JSON.parse(stdout)).releaseState;
}

const verdictText = ({ kind, suspect, cause, also }: LookTold["verdict"]): string =>
  [[kind, suspect, cause], ...also.map((one) => [one.kind, one.suspect, one.cause])]
    .map((parts) => parts.filter((part) => part !== null).join(" / "))
    .join(" and ");

/** Restarts that came before the backends had taken real writes in a row (pure). */
function hastyRestarts(events: readonly Told[]): string[] {
  const looks = z.looseObject({ backends: z.string() });
  return events.flatMap((event, index) => {
    if (event.type !== "restarting") return [];
    const before = events
      .slice(0, index)
      .filter(({ type }) => type === "look")
      .slice(-WRITES);
    const well = before.filter((look) => looks.parse(look).backends === "well");
    return well.length === WRITES ? [] : [`pod ${String(event.pod)} was replaced after ${well.length} real write(s)`];
  });
}

/** Injects a fault, answers it, mends it, and says what wasn't right. */
export async function play(world: FaultWorld, { name, broken, mended, verdict, lasts }: FaultCase): Promise<Outcome> {
  const begun = Date.now();
  const wrong: string[] = [];
  const level = (await stateOf(world)).releases.map(({ configuration }) => configuration.LOG_LEVEL).join();
  await fault(world, broken);
  await until(`${name}: to be seen`, WITHIN, async () => {
    const told = await runbook(world, ["incident", "database", "--stack", STACK, "--dry-run", "--json"]);
    const { verdict: seen } = z.looseObject({ verdict: z.looseObject({ kind: z.string() }) }).parse(JSON.parse(told));
    // A pod that fails for the first time looks like a bad one: the fault is seen once the look settles.
    return seen.kind === verdict.kind;
  });
  // A fault may start containers again itself: they are counted once they all run.
  let before: Awaited<ReturnType<typeof podsOf>> = [];
  await until(`${name}: every container to run`, WITHIN, async () => {
    before = await podsOf(world);
    return before.every(({ pid }) => pid !== null);
  });
  const watched = watchIncident(RUNBOOK, STACK, { ...process.env, ...world.env });
  try {
    if (lasts === "until mended") {
      await until(`${name}: the owner is told, and it is looked at again`, WITHIN, () => {
        const told = watched.events().findIndex(({ type }) => type === "announced");
        return (
          told !== -1 &&
          watched
            .events()
            .slice(told)
            .filter(({ type }) => type === "look").length >= 2
        );
      });
      const now = await podsOf(world);
      for (const { name: pod, pid } of before) {
        const stays = now.some((one) => one.name === pod && one.pid === pid);
        if (!stays) wrong.push(`pod ${pod} was restarted while the fault lasted`);
      }
      await fault(world, mended);
    }
    let code: number | null = null;
    void watched.ended.then((ended) => {
      code = ended;
    });
    await until(`${name}: to be resolved`, WITHIN, () => code !== null);
    if (code !== 0) wrong.push(`the incident left with ${code}`);
  } finally {
    watched.end();
  }
  const [first] = watched.looks();
  const said = first === undefined ? "nothing" : verdictText(first.verdict);
  const right = verdictText({ ...verdict, summary: "", evidence: [], also: [] });
  if (said !== right) wrong.push(`it said "${said}" instead of "${right}"`);
  wrong.push(...hastyRestarts(watched.events()), ...(await leftovers(world, level)));
  if (lasts === "until replaced") await fault(world, mended);
  return { name, said, wrong, seconds: (Date.now() - begun) / 1_000 };
}

/** What an incident has left that it shouldn't have. */
async function leftovers(world: FaultWorld, level: string): Promise<string[]> {
  const state = await stateOf(world);
  const after = state.releases.map(({ configuration }) => configuration.LOG_LEVEL).join();
  const unready = (await podsOf(world)).filter(({ ready }) => !ready);
  return [
    ...(after === level ? [] : [`the log level is ${after}, and was ${level}`]),
    ...(state.debugCopy === null ? [] : ["more is still logged"]),
    ...(state.change === null ? [] : [`${state.change.id} still holds the stack`]),
    ...unready.map(({ name }) => `pod ${name} isn't ready`),
  ];
}

/** Injects a fault once more and waits for an alarm that its incident has taught. */
export async function alarmsRing(world: FaultWorld, { name, broken, mended }: FaultCase): Promise<string[]> {
  const learnt = (await stateOf(world)).alarms.map(({ signal }) => signal);
  const read = async () =>
    alarmStates.parse(JSON.parse(await runbook(world, ["sandbox", "alarms", "--stack", STACK, "--json"]))).alarms;
  const standing = (await read()).filter(({ name: alarm }) => learnt.some((signal) => alarm.endsWith(`-${signal}`)));
  if (learnt.length === 0 || standing.length < learnt.length)
    return [`${name}: the alarms that were taught don't stand`];
  await fault(world, broken);
  try {
    await until(`${name}: an alarm that was taught rings on replay`, WITHIN, async () =>
      (await read()).some((alarm) => standing.some((one) => one.name === alarm.name) && alarm.state === "ALARM"),
    );
  } finally {
    await fault(world, mended);
  }
  return [];
}
