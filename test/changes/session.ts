import assert from "node:assert/strict";
import type { Message } from "../../infra/adapters/channel.ts";
import type { Clock } from "../../infra/changes/clock.ts";
import type { RecordStore } from "../../infra/changes/record/store.ts";
import { badInput } from "../../infra/changes/refusal.ts";
import type { RunnerSession } from "../../infra/changes/session.ts";
import type { Stack } from "../../infra/changes/stack/stack.ts";
import { GATE_NAMES, GATES, type Gate, type GateName } from "../../infra/gates/index.ts";
import { stateHash } from "../../infra/releases.ts";
import type { Task, TaskName } from "../../infra/tasks/task.ts";
import { Killed, silent, type Tape } from "./world.ts";

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

/** One gate speaks from the tape, the others are green. */
function gatesFrom(way: Tape): Record<GateName, Gate> {
  const answers = ["pass", "fail", "hold"] as const;
  const gate = (name: GateName): Gate => ({
    name,
    observe: async () => {
      const answer = name === "health" ? (answers[way.choose(3)] ?? "pass") : "pass";
      return { verdict: { gate: name, answer, summary: answer, evidence: {} }, memory: null };
    },
  });
  const gates = { ...GATES };
  for (const name of GATE_NAMES) gates[name] = gate(name);
  return gates;
}

/** What the tasks have made outside, by change: made once, however often a task is called. */
export const outside = new Map<string, Set<string>>();

/** Tasks that are done, refuse, or are killed before or after they have had their effect. */
export function tasksFrom(way: Tape): Record<TaskName, Task> {
  const task =
    (name: TaskName): Task =>
    async ({ change }) => {
      const made = outside.get(change) ?? new Set();
      outside.set(change, made);
      const chosen = way.choose(4);
      if (chosen === 1) throw badInput(`${name} was refused`);
      if (chosen === 2) throw new Killed("before the task");
      if (name === "unmint") made.clear();
      else made.add(name);
      if (chosen === 3) throw new Killed("after the task");
      return { summary: name };
    };
  return {
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

/** A runner's session on a stack and a store in memory; what it announces is noted in `told`. */
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
    limits: { minimumRequests: 1, alpha: 0.05, hardLimitPercent: 5 },
    counters: async () => ({ at: 0, releases: {} }),
    gates: gatesFrom(way),
    target: async (plan) => ({
      baseUrl: "http://127.0.0.1",
      hostname: null,
      release: plan.release.id,
      stable: null,
      healthPath: "/",
      readyPath: "/",
      user: "",
      password: "",
    }),
    readBack: async (state) => {
      const stands = await stack.state();
      assert.ok(stands);
      assert.equal(stateHash(state), stateHash(stands), "what is read back is what stands");
      return { gate: "read-back", answer: "pass", summary: "as asked", evidence: {} };
    },
    announce: async (message) => {
      const serving = (await stack.state())?.releases.find(({ weight }) => weight === 100);
      const { version = "nothing" } = serving?.manifest ?? {};
      assert.deepEqual(message.details.serving, { version, id: serving?.id }, "what is told is what stands");
      told.push(message);
      return [];
    },
    writePages: async () => undefined,
    incident: {
      look: () => Promise.reject(new Error("nobody looks at an incident here")),
      logs: async () => ({}),
    },
    onCall: "Ada",
  };
}
