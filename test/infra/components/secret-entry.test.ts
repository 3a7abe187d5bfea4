import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { SecretEntry, stageLabels } from "../../../infra/components/secret-entry.ts";
import type { SecretState } from "../../../infra/releases.ts";
import { inClear, resolved, revealed, startWorld } from "../fixtures/world.ts";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const owner = { change: "bootstrap", onCall: "Ada" };
const maxAge = 90 * 86_400_000;

const generation = (id: string) => ({ id, change: "bootstrap", createdOn: "2026-11-22" });

function stateOf(parts: Partial<SecretState>): SecretState {
  return { generations: [generation("g1")], revoked: {}, current: "g1", pending: null, previous: null, ...parts };
}

const rotating = stateOf({
  generations: ["g1", "g2", "g3"].map(generation),
  current: "g2",
  pending: "g3",
  previous: "g1",
});
const values = {
  g1: pulumi.secret("value-one"),
  g2: pulumi.secret("value-two"),
  g3: pulumi.secret("value-three"),
};

async function entryWith(state: SecretState) {
  const world = await startWorld();
  const args = { description: "The key of AFM's API", kmsKeyArn: "arn:key", state, values, maxAge, owner };
  const entry = new SecretEntry("staging/AFM_KEY", args, world.watched);
  await world.settle(entry);
  return { world, entry };
}

describe("a secret's entry", () => {
  it("is encrypted with the stack's key, can be recovered and is protected", async () => {
    const { world } = await entryWith(stateOf({}));
    assert.deepEqual(world.inputs("aws:secretsmanager/secret:Secret", "staging/AFM_KEY"), {
      name: "staging/AFM_KEY",
      description: "The key of AFM's API",
      kmsKeyId: "arn:key",
      recoveryWindowInDays: 30,
      tags: { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada", "runbooks:rotate-by": "2027-02-20" },
    });
    assert.equal(world.options("aws:secretsmanager/secret:Secret").protect, true);
  });

  it("says by which day its current generation is to be rotated, whatever else is kept", async () => {
    const made = (id: string, createdOn: string) => ({ ...generation(id), createdOn });
    const generations = [made("g1", "2026-08-20"), made("g2", "2026-11-23T12:00:00.000Z")];
    const tagged = async (current: string) => {
      const { world } = await entryWith(stateOf({ generations, current }));
      return z
        .object({ tags: z.record(z.string(), z.string()) })
        .parse(world.inputs("aws:secretsmanager/secret:Secret")).tags["runbooks:rotate-by"];
    };
    assert.deepEqual([await tagged("g1"), await tagged("g2")], ["2026-11-18", "2027-02-21"]);
  });

  it("has one version a generation, the current one first, with its value as a secret and its stage labels", async () => {
    const { world } = await entryWith(rotating);
    const versions = world.registered.filter(({ type }) => type === VERSION);
    assert.deepEqual(
      versions.map(({ name, inputs }) => [name, revealed(inputs)]),
      [
        ["g2", "value-two", "AWSCURRENT"],
        ["g1", "value-one", "AWSPREVIOUS"],
        ["g3", "value-three", "AWSPENDING"],
      ].map(([id, secretString, label]) => [
        `staging/AFM_KEY-${id}`,
        { secretId: "staging/AFM_KEY-id", secretString, versionStages: [id, label] },
      ]),
    );
    assert.doesNotMatch(JSON.stringify(inClear(versions)), /value-/);
  });

  it("writes a value once, and takes the labels off a version that goes", async () => {
    const { world } = await entryWith(stateOf({}));
    const { ignoreChanges, retainOnDelete } = world.options(VERSION);
    assert.deepEqual({ ignoreChanges, retainOnDelete }, { ignoreChanges: ["secretString"], retainOnDelete: undefined });
  });

  it("hands the stored values on as secrets", async () => {
    const { entry } = await entryWith(rotating);
    const stored = entry.stored.g2;
    assert.ok(stored !== undefined);
    assert.equal(await resolved(stored), "value-two");
    assert.equal(await pulumi.isSecret(stored), true);
  });

  it("refuses a generation that nothing makes a value for", async () => {
    await startWorld();
    const state = stateOf({ generations: [generation("g9")], current: "g9" });
    assert.throws(
      () => new SecretEntry("staging/AFM_KEY", { description: "", kmsKeyArn: "arn:key", state, values, maxAge, owner }),
      new Error("staging/AFM_KEY: nothing makes a value for generation g9"),
    );
  });
});

describe("the stage labels", () => {
  it("move with the state while each version keeps its own", () => {
    const rotated = stateOf({ generations: [generation("g1"), generation("g2")], current: "g2", previous: "g1" });
    assert.deepEqual(stageLabels("g1", stateOf({})), ["g1", "AWSCURRENT"]);
    assert.deepEqual(stageLabels("g1", rotated), ["g1", "AWSPREVIOUS"]);
    assert.deepEqual(stageLabels("g2", rotated), ["g2", "AWSCURRENT"]);
    assert.deepEqual(stageLabels("g0", rotated), ["g0"]);
  });
});
