import assert from "node:assert/strict";
import type { Message } from "../../infra/adapters/channel.ts";
import type { Clock } from "../../infra/changes/clock.ts";
import type { RecordStore } from "../../infra/changes/record/store.ts";
import type { RunnerSession } from "../../infra/changes/session.ts";
import type { Stack } from "../../infra/changes/stack/stack.ts";
import { GATE_NAMES, GATES, type Gate, type GateName } from "../../infra/gates/index.ts";
import { stateHash } from "../../infra/releases.ts";
import { silent, type Tape } from "./world.ts";

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
    onCall: "Ada",
  };
}
