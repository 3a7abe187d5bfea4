import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { SecretState } from "../../../infra/domain/releases.ts";
import type { ListedVersion } from "../../../infra/domain/stage-labels.ts";
import { SecretEntry } from "../../../infra/program/components/secret-entry.ts";
import { inClear, resolved, revealed, startWorld } from "../../../verification/mocks/world.ts";

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

const common = { entryName: "app/staging/AFM_KEY", kmsKeyArn: "arn:key", recoveryWindow: 30, values, maxAge, owner };

async function entryWith(state: SecretState, listed: readonly ListedVersion[] | null = null) {
  const world = await startWorld();
  const args = { ...common, description: "The key of AFM's API", state, listed };
  const entry = new SecretEntry("staging/AFM_KEY", args, world.watched);
  await world.settle(entry);
  return { world, entry };
}

describe("a secret's entry", () => {
  it("is encrypted with the stack's key, can be recovered and is protected", async () => {
    const { world } = await entryWith(stateOf({}));
    assert.deepEqual(world.inputs("aws:secretsmanager/secret:Secret", "staging/AFM_KEY"), {
      name: "app/staging/AFM_KEY",
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
        ["g1", "value-one"],
        ["g3", "value-three", "AWSPENDING"],
      ].map(([id, secretString, ...roles]) => [
        `staging/AFM_KEY-${id}`,
        { secretId: "staging/AFM_KEY-id", secretString, versionStages: [id, ...roles] },
      ]),
    );
    assert.doesNotMatch(JSON.stringify(inClear(versions)), /value-/);
  });

  it("writes a value once, and takes the labels off a version that goes", async () => {
    const { world } = await entryWith(stateOf({}));
    const { ignoreChanges, retainOnDelete } = world.options(VERSION);
    assert.deepEqual({ ignoreChanges, retainOnDelete }, { ignoreChanges: ["secretString"], retainOnDelete: undefined });
  });

  it("leaves labels as they are where none of its own differs, and takes AWSPREVIOUS off right before it is moved", async () => {
    const version = (versionId: string, ...versionStages: string[]) => ({ versionId, versionStages });
    const before = [
      version("v1", "g1", "AWSPREVIOUS"),
      version("v2", "g2", "AWSCURRENT"),
      version("v3", "g3", "AWSPENDING"),
    ];
    const made = async (state: SecretState) => {
      const { world } = await entryWith(state, before);
      return world.registered
        .filter(({ type }) => type === VERSION)
        .map(({ name }) => [name.slice(-2), world.options(VERSION, name).ignoreChanges?.length === 2 ? "left" : "set"]);
    };
    assert.deepEqual(await made(rotating), [
      ["g2", "left"],
      ["g1", "left"],
      ["g3", "left"],
    ]);
    assert.deepEqual(await made({ ...rotating, current: "g3", pending: null, previous: "g2" }), [
      ["g1", "set"],
      ["g3", "set"],
      ["g2", "set"],
    ]);
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
      () => new SecretEntry("staging/AFM_KEY", { ...common, description: "", state, listed: null }),
      new Error("staging/AFM_KEY: nothing makes a value for generation g9"),
    );
  });
});
