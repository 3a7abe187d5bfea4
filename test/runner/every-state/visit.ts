import assert from "node:assert/strict";
import type { Plan } from "../../../infra/change/plan.ts";
import { advance } from "../../../infra/change/progress.ts";
import type { TaskName } from "../../../infra/change/task-names.ts";
import { type ReleaseState, stateHash } from "../../../infra/domain/releases.ts";
import { badInput, EXIT, Refusal } from "../../../infra/errors.ts";
import type { Gate, GateName } from "../../../infra/gates/index.ts";
import { type ChangeEvent, type Draft, NO_HEAD } from "../../../infra/records/events.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import type { Facts } from "../../../infra/runbooks/incident/facts.ts";
import { advance as advanceSituation } from "../../../infra/runbooks/incident/situation.ts";
import type { Task } from "../../../infra/runbooks/task.ts";
import type { Run, RunResult } from "../../../infra/runner/effect.ts";
import { journalFrom } from "../../../infra/runner/journal.ts";
import { recover } from "../../../infra/runner/recovery.ts";
import type { RunnerSession } from "../../../infra/runner/session.ts";
import type { Outcome, Stack } from "../../../infra/stack/stack.ts";
import { wellFacts } from "../../runbooks/incident/facts.ts";
import { answerFrom, everyGate, everyTask, sessionOn } from "../session.ts";
import { Killed, memoryStack, memoryStore, type Tape, tape } from "../world.ts";
import { keyOf, type Node } from "./node.ts";

/** What became of a runner's effects. */
export interface Visited {
  next: Node;
  /** how many ways there were at each choice up to the last effect, and which one was taken */
  taken: Tape["taken"];
}

/** Carries a change on, as far as it goes. */
export type Carry = (change: Run) => Promise<RunResult>;

/** A change, and what may come its way. */
export interface Course {
  plan: Plan;
  /** what a runner does with a change that it has taken up */
  carry: Carry;
  /** what an incident may see whenever it looks, without trouble first */
  sees: readonly Facts[];
}

export interface Visit extends Course {
  change: string;
  node: Node;
  choices: readonly number[];
  /** what the runner was started for */
  onwards: "resume" | "abort";
  /** after how many effects it is killed */
  effects: number;
  /** where another runner has brought the change to before this one has its effect */
  overtaken?: Node;
}

/** The world of one visit, whose place another one may have taken by its first effect. */
function openWorld({ plan, node, overtaken, choices, effects }: Visit) {
  const way = tape(choices);
  let now: Node = node;
  let before = keyOf(plan, node);
  let left = effects;
  const alive = () => {
    if (left === 0) throw new Killed("after its last effect");
  };
  return {
    way,
    node: () => now,
    choose(ways: number) {
      alive();
      return way.choose(ways);
    },
    sleep(until: number) {
      alive();
      now = { ...now, time: Math.max(now.time, until) };
    },
    /** What is seen of the world is no effect: whoever comes next sees it too. */
    see(ready: readonly string[]) {
      now = { ...now, ready: new Set([...now.ready, ...ready]) };
      before = keyOf(plan, now);
    },
    /** The effect; one that is refused isn't had. */
    effect(change: (found: Node) => Node) {
      alive();
      if (overtaken !== undefined && now !== overtaken) [now, before] = [overtaken, keyOf(plan, overtaken)];
      now = change(now);
      const after = keyOf(plan, now);
      // A look is an action of its own: where it tells nothing new, the next one is no new way.
      if (after !== before || now.events.at(-1)?.type === "look") left -= 1;
      before = after;
    },
  };
}
type World = ReturnType<typeof openWorld>;

function storeIn(world: World): RecordStore {
  return {
    ...memoryStore(),
    read: async () => [...world.node().events],
    append: async (change, seq, draft) => append(world, change, seq, draft),
    putPage: async (change, name) => `memory://${change}/${name}`,
  };
}

/** An event without its seal: the chain is proven by the stores' specs, and sealing takes a fifth of the time here. */
function append(world: World, change: string, seq: number, draft: Draft): ChangeEvent {
  const made: ChangeEvent[] = [];
  world.effect((found) => {
    const last = found.events.at(-1);
    if ((last?.seq ?? 0) + 1 !== seq) throw new Refusal({ exit: EXIT.busy, problems: [`event ${seq} exists`] });
    const event = { ...draft, seq, change, prev: NO_HEAD.hash, hash: NO_HEAD.hash };
    made.push(event);
    const [progress, situation] = [advance(found.progress, event), advanceSituation(found.situation, event)];
    return { ...found, events: [...found.events, event], progress, situation };
  });
  const [event] = made;
  assert.ok(event);
  return event;
}

/** The node after an update: a release that was there gets weight only where it was seen ready; a new one is awaited by the engine. */
function landed(found: Node, to: ReleaseState): Node {
  const there = new Set(found.state.releases.map(({ id }) => id));
  const unready = to.releases.filter(({ id, weight }) => weight > 0 && there.has(id) && !found.ready.has(id));
  assert.deepEqual(unready, [], "a release has weight before it was ready");
  const stays = new Set(to.releases.filter(({ id, weight }) => weight > 0 || found.ready.has(id)).map(({ id }) => id));
  return { ...found, state: to, ready: stays };
}

const ENGINE = { host: "here", pid: 1, startTime: "1", room: "/nowhere", endsBy: null };

function stackIn(world: World, overtaken: Node | undefined): Stack {
  let interrupted = false;
  const moved: Outcome = { kind: "moved", problems: ["the stack was changed outside this change"] };
  return {
    ...memoryStack(world.node().state, world.way, () => undefined),
    state: async () => world.node().state,
    async preview({ from }) {
      if (from !== stateHash(world.node().state)) return moved;
      return world.choose(2) === 0
        ? { kind: "done", seconds: 0, changes: {} }
        : { kind: "failed", problems: ["the preview said no"] };
    },
    async update({ from, to }, { begun }) {
      await begun(ENGINE);
      if (from !== stateHash(world.node().state)) return moved;
      const chosen = world.choose(interrupted ? 2 : 3);
      if (chosen === 1) return { kind: "failed", problems: ["the engine said no"] };
      if (chosen === 2) {
        interrupted = true;
        return { kind: "interrupted", problems: ["killed before it had begun"] };
      }
      // Whoever takes over waits for the end of an engine that has begun: nobody overtakes it.
      if (overtaken !== undefined) throw new Killed("nobody overtakes an engine");
      if (from !== stateHash(to)) world.effect((found) => landed(found, to));
      return { kind: "done", seconds: 0, changes: {} };
    },
  };
}

/** One gate of a round speaks, the others are green. */
function gatesIn(world: World): Record<GateName, Gate> {
  let spoken = false;
  return everyGate(() => {
    const answer = spoken ? "pass" : answerFrom(world);
    spoken = true;
    return answer;
  });
}

/** Tasks that are refused, or done: found or made. */
function tasksIn(world: World): Record<TaskName, Task> {
  return everyTask((name) => async () => {
    if (world.choose(2) === 1) throw badInput(`${name} was refused`);
    world.effect((found) => {
      if (name === "unmint") return found.outside.size === 0 ? found : { ...found, outside: new Set() };
      return found.outside.has(name) ? found : { ...found, outside: new Set([...found.outside, name]) };
    });
    return { summary: name };
  });
}

function sessionIn(world: World, { sees, overtaken }: Visit): RunnerSession {
  const stack = stackIn(world, overtaken);
  const clock = { scale: 1, now: () => world.node().time, sleepUntil: async (until: number) => world.sleep(until) };
  return {
    ...sessionOn(stack, storeIn(world), clock, world.way),
    tasks: tasksIn(world),
    gates: gatesIn(world),
    desiredPods: async () => 5,
    announce: async () => [],
    incident: {
      async look(release) {
        const seen = sees[world.choose(sees.length)] ?? wellFacts();
        return { ...seen, pods: seen.pods.map((pod) => ({ ...pod, release })) };
      },
      logs: async () => ({ texts: {}, unread: [] }),
    },
    async readBack(_state, _target, { warm }) {
      const answer = world.choose(2) === 0 ? "pass" : "fail";
      if (answer === "pass") world.see(warm);
      const route = answer === "pass" ? "as asked" : "elsewhere";
      return { gate: "read-back", answer, summary: route, evidence: { route } };
    },
  };
}

/** Lets a runner take a change up, and kills it right after so many effects. */
export async function visit(asked: Visit): Promise<Visited> {
  const { plan, change, onwards, carry } = asked;
  const world = openWorld(asked);
  const session = sessionIn(world, asked);
  const { signal } = new AbortController();
  try {
    const { store, clock, reporter } = session;
    const { events, progress } = world.node();
    const journal = journalFrom({ store, change, clock, reporter, events: [...events], progress });
    if (onwards === "abort") await journal.write("abort-requested", null, { reason: "aborted" });
    const run = { session, journal, plan, whenWaiting: "stay", signal } as const;
    await recover(run);
    await carry(run);
  } catch (error) {
    // A refusal is what a runner may leave with at any time: what it has done until then counts.
    if (!(error instanceof Refusal || error instanceof Killed)) throw error;
  }
  return { next: world.node(), taken: world.way.taken };
}
