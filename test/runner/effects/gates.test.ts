import assert from "node:assert/strict";
import { once } from "node:events";
import { setImmediate as immediate } from "node:timers/promises";
import type { WithoutUsers } from "../../../infra/domain/without-users.ts";
import type { Gate, GateName, Verdict } from "../../../infra/gates/index.ts";
import { step } from "../../../infra/runbooks/moves.ts";
import { observeGates } from "../../../infra/runner/effects/gates.ts";
import { openedDeploy, staying } from "../session.ts";

const names = ["health", "readiness", "websocket"] as const;
const verdictOf = (gate: GateName, answer: Verdict["answer"]) => ({
  verdict: { gate, answer, summary: answer, evidence: {} },
  memory: null,
});

/** One look at the three gates; answers what was recorded. */
async function look(gates: Record<(typeof names)[number], Gate["observe"]>): Promise<[string, unknown, unknown][]> {
  const { plan, session, journal } = await openedDeploy();
  for (const name of names) session.gates[name] = { name, observe: gates[name] };
  const looked = step({ name: "soak", title: "soak", touches: "nothing", gates: [...names], move: (state) => state });
  await observeGates(staying({ session, journal, plan }), { kind: "gates", step: looked });
  return journal
    .events()
    .slice(1)
    .map(({ type, data }) => [type, data.gate ?? null, data.answer]);
}

describe("a round of gates", () => {
  it("ends with the first that fails; those still at work are called off", async () => {
    let calledOff = false;
    const recorded = await look({
      health: async () => verdictOf("health", "pass"),
      readiness: async () => verdictOf("readiness", "fail"),
      websocket: async ({ signal }) => {
        await once(signal, "abort");
        calledOff = true;
        return verdictOf("websocket", "hold");
      },
    });
    assert.deepEqual(recorded, [
      ["requests-begun", null, undefined],
      ["gate", "health", "pass"],
      ["gate", "readiness", "fail"],
      ["requests-made", null, undefined],
      ["round", null, "fail"],
    ]);
    assert.ok(calledOff);
  });

  it("records each verdict as it comes, the quickest first", async () => {
    const recorded = await look({
      health: async () => {
        await immediate();
        return verdictOf("health", "pass");
      },
      readiness: async () => verdictOf("readiness", "hold"),
      websocket: async () => verdictOf("websocket", "pass"),
    });
    assert.deepEqual(
      recorded.flatMap(([type, gate]) => (type === "gate" ? [gate] : [])),
      ["readiness", "websocket", "health"],
    );
    assert.deepEqual(recorded.at(-1), ["round", null, "hold"]);
  });

  const counting = async (evidence: Record<string, string>, withoutUsers: WithoutUsers) => {
    const { plan, session, journal } = await openedDeploy();
    const asked: string[] = [];
    session.limits = { ...session.limits, withoutUsers };
    session.gates["error-rate"] = {
      name: "error-rate",
      reads: "counters",
      observe: async () => ({
        verdict: { gate: "error-rate", answer: "hold", summary: "no users", evidence },
        memory: null,
      }),
    };
    session.gates.health = {
      name: "health",
      observe: async () => {
        asked.push("health");
        return verdictOf("health", "pass");
      },
    };
    const gates: GateName[] = ["health", "error-rate"];
    const looked = step({ name: "soak", title: "soak", touches: "nothing", gates, move: (state) => state });
    await observeGates(staying({ session, journal, plan }), { kind: "gates", step: looked });
    return { asked, round: journal.progress().round };
  };

  it("sends no request while it isn't known whether the last ones are counted", async () => {
    const { asked, round } = await counting({ look: "in doubt" }, "hold");
    assert.deepEqual(asked, []);
    assert.partialDeepStrictEqual(round, { answer: "hold", holding: ["error-rate: no users"] });
  });

  it("waits for a person where the stack asks for one and nothing but users is lacking", async () => {
    assert.equal((await counting({ lacks: "users" }, "wait")).round?.waitsFor, "person");
    assert.equal((await counting({ lacks: "users" }, "hold")).round?.waitsFor, undefined);
    assert.equal((await counting({ look: "no data" }, "wait")).round?.waitsFor, undefined);
  });
});
