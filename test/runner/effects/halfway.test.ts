import assert from "node:assert/strict";
import type { Plan, Rotation } from "../../../infra/change/plan.ts";
import { stateHash } from "../../../infra/domain/releases.ts";
import { planOf } from "../../../infra/runbooks/index.ts";
import { recordedUpdate } from "../../../infra/runner/effects/recorded-update.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { halfwayIn } from "../../../infra/stack/credentials.ts";
import type { Outcome, Stack } from "../../../infra/stack/stack.ts";
import { deployOf, firstState } from "../../fixtures/release-state.ts";
import { sessionOn, staying, steppedClock } from "../session.ts";
import { memoryStack, memoryStore, silent, tape } from "../world.ts";

const base = firstState();
const rotation: Rotation = {
  secret: "AFM_KEY",
  old: "g1",
  next: "g2",
  handedOver: null,
  urgency: "planned",
  unusedFor: 0,
};
const done: Outcome = { kind: "done", seconds: 0, changes: {} };

/** Makes an update whose engine is killed once, and says what the stack was asked for. */
async function asked(
  plan: (opened: Plan) => Plan,
  read: Outcome = done,
): Promise<{ calls: string[]; outcome: Outcome }> {
  const calls: string[] = [];
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const memory = memoryStack(base, way, () => undefined);
  const stack: Stack = {
    ...memory,
    update: async (...given) => {
      calls.push("update");
      if (calls.filter((call) => call === "update").length > 1) return memory.update(...given);
      return { kind: "interrupted", problems: ["the Pulumi CLI was ended by SIGKILL"] };
    },
    readHalfway: async () => {
      calls.push("read");
      return read;
    },
  };
  const change = await store.open("staging", new Date(clock.now()), {});
  const journal = await openJournal(store, change, clock, silent);
  const opened = planOf(change, deployOf(base, "2"));
  const move = { from: stateHash(base), to: base, touches: "bundles" } as const;
  const outcome = await recordedUpdate(
    staying({ session: sessionOn(stack, store, clock, way), journal, plan: plan(opened) }),
    null,
    move,
  );
  return { calls, outcome };
}

describe("an update of a rotation that was interrupted", () => {
  it("is made again only once what it has left halfway was read: labels move without the state", async () => {
    const { calls, outcome } = await asked((plan) => ({ ...plan, rotation }));
    assert.deepEqual([calls, outcome.kind], [["update", "read", "update"], "done"]);
  });

  it("isn't made again where that can't be read", async () => {
    const { calls, outcome } = await asked((plan) => ({ ...plan, rotation }), {
      kind: "failed",
      problems: ["Secrets Manager doesn't answer"],
    });
    assert.deepEqual([calls, outcome.kind], [["update", "read"], "failed"]);
  });

  it("costs another runbook no look: it moves no label", async () => {
    assert.deepEqual((await asked((plan) => plan)).calls, ["update", "update"]);
  });

  it("may have left versions and users, and nothing else is read for it", () => {
    const urn = (type: string, name: string) => ({ urn: `urn:pulumi:staging::p::${type}::${name}`, type });
    const resources = [
      urn("aws:secretsmanager/secretVersion:SecretVersion", "staging/AFM_KEY-g1"),
      urn("aws:secretsmanager/secret:Secret", "staging/AFM_KEY"),
      urn("aws:elasticache/user:User", "app-staging-app-a"),
      urn("kubernetes:apps/v1:Deployment", "app-1"),
    ];
    assert.deepEqual(
      halfwayIn(JSON.stringify({ deployment: { resources } })).map((one) => one.split("::").at(-1)),
      ["staging/AFM_KEY-g1", "app-staging-app-a"],
    );
  });
});
