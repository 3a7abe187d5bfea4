import assert from "node:assert/strict";
import type { Plan, Rotation } from "../../../infra/change/plan.ts";
import type { OwnedObject } from "../../../infra/clients/owned-objects.ts";
import { stateHash } from "../../../infra/domain/releases.ts";
import { planOf } from "../../../infra/runbooks/index.ts";
import { recordedUpdate } from "../../../infra/runner/effects/recorded-update.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { MOVED_BY_ROTATIONS } from "../../../infra/stack/credentials.ts";
import { halfwayIn } from "../../../infra/stack/pending.ts";
import type { Outcome, Stack } from "../../../infra/stack/stack.ts";
import { deployOf, firstState } from "../../../verification/mocks/release-state.ts";
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
  owned: readonly OwnedObject[][] = [],
): Promise<{ calls: string[]; outcome: Outcome }> {
  const calls: string[] = [];
  const looks = [...owned];
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const memory = memoryStack(base, way, () => undefined);
  const stack: Stack = {
    ...memory,
    update: async (...given) => {
      calls.push("update");
      if (calls.filter((call) => call === "update").length > 1) return memory.update(...given);
      return { kind: "interrupted", problems: ["the Pulumi CLI was ended by SIGKILL"] };
    },
    readHalfway: async (types) => {
      calls.push(types.length === 0 ? "read" : "read with what rotations move");
      return read;
    },
  };
  const change = await store.open("staging", new Date(clock.now()), {});
  const journal = await openJournal(store, change, clock, silent);
  const opened = planOf(change, deployOf(base, "2"));
  const move = { from: stateHash(base), to: base, touches: "bundles" } as const;
  const session = {
    ...sessionOn(stack, store, clock, way),
    owned: async () => {
      if (calls.includes("update")) calls.push("look");
      return (looks.length > 1 ? looks.shift() : looks[0]) ?? [];
    },
  };
  const outcome = await recordedUpdate(staying({ session, journal, plan: plan(opened) }), null, move);
  return { calls, outcome };
}

/** What is left of the calls after the looks at the cluster, which are made for what is adopted too. */
const stackCalls = (calls: readonly string[]): string[] => calls.filter((call) => call !== "look");

const deployment = (terminating: boolean): OwnedObject => ({
  resource: "deployments.apps",
  type: "kubernetes:apps/v1:Deployment",
  name: "app-1",
  change: "CHG-2026-11-22-001",
  terminating,
});

describe("an update that was interrupted", () => {
  it("is repeated only after what it was changing has been read: the state may be behind the cluster and AWS", async () => {
    const { calls, outcome } = await asked((plan) => plan);
    assert.deepEqual([stackCalls(calls), outcome.kind], [["update", "read", "update"], "done"]);
  });

  it("is repeated in a rotation only after the labels have been read too: they move without the state", async () => {
    const { calls, outcome } = await asked((plan) => ({ ...plan, rotation }));
    assert.deepEqual(
      [stackCalls(calls), outcome.kind],
      [["update", "read with what rotations move", "update"], "done"],
    );
  });

  it("isn't repeated where that can't be read", async () => {
    const problems = ["Secrets Manager doesn't answer"];
    const { calls, outcome } = await asked((plan) => ({ ...plan, rotation }), { kind: "failed", problems });
    assert.deepEqual([stackCalls(calls), outcome.kind], [["update", "read with what rotations move"], "failed"]);
  });

  it("waits until the cluster has removed what it is deleting, before it reads anything: a deletion can't be taken back", async () => {
    const { calls, outcome } = await asked((plan) => plan, done, [[deployment(true)], [deployment(true)], []]);
    assert.equal(outcome.kind, "done");
    // The fourth look is for what is adopted.
    assert.deepEqual(calls, ["update", "look", "look", "look", "look", "read", "update"]);
  });

  it("fails with the object's name where that stays: nothing is built on what is about to go", async () => {
    const { calls, outcome } = await asked((plan) => plan, done, [[deployment(true)]]);
    assert.deepEqual(stackCalls(calls), ["update"]);
    assert.ok(outcome.kind === "failed");
    assert.deepEqual(outcome.problems, ["deployments.apps/app-1 is still being deleted after 5m: see its finalizers"]);
  });

  it("doesn't wait for what merely stands there", async () => {
    const { calls } = await asked((plan) => plan, done, [[deployment(false)]]);
    assert.deepEqual(stackCalls(calls), ["update", "read", "update"]);
  });

  it("had under way what it had begun to change or to delete; a rotation's reads versions and users in any case", () => {
    const urn = (type: string, name: string) => ({ urn: `urn:pulumi:staging::p::${type}::${name}`, type });
    const [version, secret] = [
      urn("aws:secretsmanager/secretVersion:SecretVersion", "staging/AFM_KEY-g1"),
      urn("aws:secretsmanager/secret:Secret", "staging/AFM_KEY"),
    ];
    const user = urn("aws:elasticache/user:User", "app-staging-app-a");
    const [kept, leaving, changing, made] = ["app-1", "app-2", "app-3", "app-4"].map((name) =>
      urn("kubernetes:apps/v1:Deployment", name),
    );
    assert.ok(leaving && changing && made);
    const operation = (type: string, resource: { urn: string }) => ({ type, resource });
    const exported = {
      deployment: {
        resources: [version, secret, user, kept, leaving, changing],
        pending_operations: [
          operation("deleting", leaving),
          operation("updating", changing),
          operation("creating", made),
        ],
      },
    };
    const read = (types: readonly string[]) => halfwayIn(exported, types).map((one) => one.split("::").at(-1));
    assert.deepEqual(read([]), ["app-2", "app-3"]);
    assert.deepEqual(read(MOVED_BY_ROTATIONS), ["staging/AFM_KEY-g1", "app-staging-app-a", "app-2", "app-3"]);
  });
});
