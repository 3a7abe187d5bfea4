import assert from "node:assert/strict";
import { appUserOf, newestGenerationOf, SessionUsers } from "../../../infra/program/components/session-users.ts";
import { inClear, revealed, startWorld } from "../../../verification/mocks/world.ts";

const USER = "aws:elasticache/user:User";
const tags = { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" };
const access = "on ~* &* -@all +@read +@write +@connection +@pubsub +@transaction -@dangerous +info +client|list";

async function usersWith(...generations: [string, ...string[]]) {
  const world = await startWorld();
  const credentials = {
    generations: generations.map((id) => ({ id, change: "bootstrap", createdOn: "2026-11-22" })),
    revoked: {},
    current: generations[0],
    pending: null,
    previous: null,
  };
  const owner = { change: "bootstrap", onCall: "Ada" };
  await world.settle(new SessionUsers("app-staging", { credentials, owner }, world.watched));
  return world;
}

function passwordOf(world: Awaited<ReturnType<typeof usersWith>>, user: string): unknown {
  const inputs = revealed(world.inputs(USER, `app-staging-${user}`));
  assert.ok(inputs !== null && typeof inputs === "object" && "authenticationMode" in inputs);
  return inputs.authenticationMode;
}

const password = (name: string) => ({ type: "password", passwords: [`minted-app-staging-redis-${name}`] });

describe("Redis' users", () => {
  it("are two of the application in one group with the default one, which is switched off", async () => {
    const world = await usersWith("g1");
    assert.deepEqual(world.inputs(USER, "app-staging-default"), {
      userId: "app-staging-default",
      userName: "default",
      engine: "redis",
      accessString: "off -@all",
      noPasswordRequired: true,
      tags,
    });
    assert.deepEqual(revealed(world.inputs(USER, "app-staging-app-a")), {
      userId: "app-staging-app-a",
      userName: "app-a",
      engine: "redis",
      accessString: access,
      authenticationMode: password("g1"),
      tags,
    });
    assert.deepEqual(world.inputs("aws:elasticache/userGroup:UserGroup"), {
      userGroupId: "app-staging",
      engine: "redis",
      userIds: ["app-staging-default", "app-staging-app-a", "app-staging-app-b"],
      tags,
    });
  });

  it("have passwords of 40 letters and digits, which a URL takes as they are", async () => {
    const world = await usersWith("g1");
    const passwords = world.registered.filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
    assert.deepEqual(
      passwords.map(({ name, inputs }) => [name, inputs]),
      ["g1", "app-a-scrambled", "app-b-scrambled"].map((name) => [
        `app-staging-redis-${name}`,
        { length: 40, special: false },
      ]),
    );
    assert.doesNotMatch(JSON.stringify(inClear(world.registered)), /minted-/);
  });

  it("take turns: a new generation never touches the user in use, and a retired one's password is nobody's", async () => {
    const first = await usersWith("g1");
    assert.deepEqual(passwordOf(first, "app-a"), password("g1"));
    assert.deepEqual(passwordOf(first, "app-b"), password("app-b-scrambled"));
    const rotating = await usersWith("g1", "g2");
    assert.deepEqual(passwordOf(rotating, "app-a"), password("g1"));
    assert.deepEqual(passwordOf(rotating, "app-b"), password("g2"));
    const rotated = await usersWith("g2");
    assert.deepEqual(passwordOf(rotated, "app-a"), password("app-a-scrambled"));
    assert.deepEqual(passwordOf(rotated, "app-b"), password("g2"));
  });

  it("belong to generations by their number", () => {
    assert.equal(appUserOf("g1"), "app-a");
    assert.equal(appUserOf("g12"), "app-b");
    assert.equal(newestGenerationOf("app-a", ["g1", "g2", "g3"]), "g3");
    assert.equal(newestGenerationOf("app-b", ["g1"]), undefined);
    assert.throws(() => appUserOf("blue"), new Error(`"blue" is no generation: they are g1, g2, ...`));
  });
});
