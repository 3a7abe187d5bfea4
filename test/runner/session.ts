import assert from "node:assert/strict";
import type { TaskName } from "../../infra/change/task-names.ts";
import { headersIn } from "../../infra/domain/release-header.ts";
import { stateHash } from "../../infra/domain/releases.ts";
import { badInput } from "../../infra/errors.ts";
import { type Answer, GATE_NAMES, GATES, type Gate, type GateName } from "../../infra/gates/index.ts";
import { newRecorder } from "../../infra/metrics/own-requests.ts";
import type { Message } from "../../infra/notify/channel.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import type { Task } from "../../infra/runbooks/task.ts";
import type { Clock } from "../../infra/runner/clock.ts";
import type { Run } from "../../infra/runner/effect.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import type { RunnerSession } from "../../infra/runner/session.ts";
import type { Stack } from "../../infra/stack/stack.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { Killed, memoryStack, memoryStore, silent, type Tape, tape } from "./world.ts";

/** Time that passes only where the runner waits. */
export function steppedClock(): Clock {
  let time = Date.parse("2026-11-22T12:00:00Z");
  return {
    scale: 1,
    now: () => {
      time += 1;
      return time;
    },
    async sleepUntil(until) {
      time = Math.max(time, until);
    },
  };
}

/** Every gate, each with the answer that it is given at a look. */
export function everyGate(answerOf: (name: GateName) => Answer): Record<GateName, Gate> {
  const gates = { ...GATES };
  for (const name of GATE_NAMES) {
    gates[name] = {
      name,
      observe: async () => {
        const answer = answerOf(name);
        return { verdict: { gate: name, answer, summary: answer, evidence: {} }, memory: null };
      },
    };
  }
  return gates;
}

/** What a gate says, by a tape's choice: first that all is well. */
export function answerFrom(way: Pick<Tape, "choose">): Answer {
  const answers = ["pass", "fail", "hold"] as const;
  return answers[way.choose(3)] ?? "pass";
}

/** Every task, each made by its name. */
export function everyTask(task: (name: TaskName) => Task): Record<TaskName, Task> {
  return {
    "key-uses": task("key-uses"),
    unused: task("unused"),
    search: task("search"),
    drained: task("drained"),
    scan: task("scan"),
    mint: task("mint"),
    probe: task("probe"),
    revoke: task("revoke"),
    refused: task("refused"),
    reconnect: task("reconnect"),
    unmint: task("unmint"),
  };
}

/** What the tasks have made outside, by change: made once, however often a task is called. */
export const outside = new Map<string, Set<string>>();

/** Tasks that are done, refuse, or are killed before or after they have had their effect. */
function tasksFrom(way: Tape): Record<TaskName, Task> {
  return everyTask((name) => async ({ change }) => {
    const made = outside.get(change) ?? new Set();
    outside.set(change, made);
    const chosen = way.choose(4);
    if (chosen === 1) throw badInput(`${name} was refused`);
    if (chosen === 2) throw new Killed("before the task");
    if (name === "unmint") made.clear();
    else made.add(name);
    if (chosen === 3) throw new Killed("after the task");
    return { summary: name };
  });
}

/** A runner's session on a stack and a store in memory; what it announces, but for calls for a person, is noted in `told`. */
export function sessionOn(
  stack: Stack,
  store: RecordStore,
  clock: Clock,
  way: Tape,
  told: Message[] = [],
): RunnerSession {
  return {
    stack,
    store,
    tasks: tasksFrom(way),
    clock,
    reporter: silent,
    limits: {
      minimumRequests: 1,
      alpha: 0.05,
      hardLimitPercent: 5,
      withoutUsers: "hold",
      latency: null,
      pods: { restarts: 1, unready: 3 },
    },
    counters: async () => [],
    pods: async () => [],
    recorder: newRecorder(clock.now),
    gates: everyGate((name) => (name === "health" ? answerFrom(way) : "pass")),
    target: async (plan) => ({
      baseUrl: "http://127.0.0.1",
      hostname: null,
      release: plan.release.id,
      stable: null,
      headers: headersIn([]),
      healthPath: "/",
      readyPath: "/",
      user: "",
      password: "",
      meter: newRecorder(),
    }),
    readBack: async (state) => {
      const stands = await stack.state();
      assert.ok(stands);
      assert.equal(stateHash(state), stateHash(stands), "what is read back is what stands");
      return { gate: "read-back", answer: "pass", summary: "as asked", evidence: {} };
    },
    owned: async () => [],
    namespace: "app-staging",
    announce: async (message) => {
      // A call for a person says what stood last: an update that failed may have left more.
      if (message.type === "stuck") return [];
      const serving = (await stack.state())?.releases.find(({ weight }) => weight === 100);
      const { version = "nothing" } = serving?.manifest ?? {};
      assert.deepEqual(message.details.serving, { version, id: serving?.id }, "what is told is what stands");
      told.push(message);
      return [];
    },
    writePages: async () => undefined,
    incident: {
      look: () => Promise.reject(new Error("nobody looks at an incident here")),
      logs: async () => ({ texts: {}, unread: [] }),
    },
    onCall: "Ada",
  };
}

/** A deploy that is just opened, on a stack and a store in memory, with nothing in its way. */
export async function openedDeploy() {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("staging", new Date(clock.now()), {});
  const plan = planOf(change, deployOf(base, "2"));
  const session = sessionOn(
    memoryStack(base, way, () => undefined),
    store,
    clock,
    way,
  );
  return { plan, session, journal: await openJournal(store, change, clock, silent) };
}

/** A run of a runner that stays and isn't told to leave. */
export function staying({ session, journal, plan }: Pick<Run, "session" | "journal" | "plan">): Run {
  return { session, journal, plan, whenWaiting: "stay", signal: new AbortController().signal };
}
