import assert from "node:assert/strict";
import type { Props } from "../../sandbox/cloud/wire.ts";
import { emptyAccount } from "./aws-world.ts";

const USER = "aws:elasticache/user:User";
const USERS = "aws:elasticache/userGroup:UserGroup";
const ASSOCIATION = "aws:elasticache/userGroupAssociation:UserGroupAssociation";
const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup";
const OLD = "a".repeat(16);
const NEW = "b".repeat(16);

const user = (userId: string, userName: string, passwords: string[]): Props => ({
  userId,
  userName,
  engine: "redis",
  accessString: "on ~* &* +@all",
  ...(passwords.length === 0 ? { noPasswordRequired: true } : { authenticationMode: { type: "password", passwords } }),
});

/** An account with a default user, app-a and app-b, the first two in a group that a store has. */
async function accountWithStore() {
  const account = emptyAccount();
  await account.create(USER, "default", user("s-default", "default", []));
  await account.create(USER, "a", user("s-a", "app-a", [OLD]));
  await account.create(USER, "b", user("s-b", "app-b", [OLD]));
  await account.create(USERS, "users", { userGroupId: "s", engine: "redis", userIds: ["s-default", "s-a"] });
  const { outputs } = await account.create(GROUP, "store", {
    replicationGroupId: "s",
    description: "sessions",
    port: 6379,
    transitEncryptionEnabled: true,
    userGroupIds: ["s"],
  });
  const names = () => account.stores.noted.get("s")?.users.map(({ name }) => name);
  const passwordsOf = (name: string) =>
    account.stores.noted.get("s")?.users.find((found) => found.name === name)?.passwords;
  return { ...account, outputs, names, passwordsOf };
}

describe("ElastiCache's stand-in", () => {
  it("gives a store the users of its group, and its own port as an output", async () => {
    const { outputs, names } = await accountWithStore();
    assert.deepEqual(names(), ["default", "app-a"]);
    assert.deepEqual([outputs.primaryEndpointAddress, outputs.port], ["127.0.0.1", 41_000]);
    assert.deepEqual(outputs.memberClusters, ["s-001"]);
  });

  it("carries a user's new password to every store, and refuses a second change meanwhile", async () => {
    const { update, passwordsOf } = await accountWithStore();
    const first = update(USER, "a", { id: "s-a", outputs: {} }, user("s-a", "app-a", [OLD, NEW]));
    await assert.rejects(
      update(USER, "a", { id: "s-a", outputs: {} }, user("s-a", "app-a", [NEW])),
      /InvalidUserState.*not in active state/,
    );
    assert.deepEqual(passwordsOf("app-a"), [OLD]);
    await first;
    assert.deepEqual(passwordsOf("app-a"), [OLD, NEW]);
    await update(USER, "a", { id: "s-a", outputs: {} }, user("s-a", "app-a", [NEW]));
    assert.deepEqual(passwordsOf("app-a"), [NEW]);
  });

  it("is read once a user's change has been carried out, as the provider waits for the state active", async () => {
    const { update, read, passwordsOf } = await accountWithStore();
    const changed = update(USER, "a", { id: "s-a", outputs: {} }, user("s-a", "app-a", [NEW]));
    await read(USER, "s-a");
    assert.deepEqual(passwordsOf("app-a"), [NEW]);
    await update(USER, "a", { id: "s-a", outputs: {} }, user("s-a", "app-a", [OLD]));
    await changed;
  });

  it("changes a group's users by the group and by associations, those one after another", async () => {
    const { create, update, remove, names } = await accountWithStore();
    await create(USER, "c", user("s-c", "app-c", [OLD]));
    const association = (userId: string) => create(ASSOCIATION, userId, { userGroupId: "s", userId });
    const [b] = await Promise.all([association("s-b"), association("s-c")]);
    assert.deepEqual(names(), ["default", "app-a", "app-b", "app-c"]);
    await update(
      USERS,
      "users",
      { id: "s", outputs: {} },
      { userGroupId: "s", engine: "redis", userIds: ["s-default"] },
    );
    assert.deepEqual(names(), ["default", "app-b", "app-c"]);
    await remove(ASSOCIATION, b);
    assert.deepEqual(names(), ["default", "app-c"]);
  });

  it("takes a deleted user out of every store", async () => {
    const { remove, names } = await accountWithStore();
    await remove(USER, { id: "s-a", outputs: {} });
    assert.deepEqual(names(), ["default"]);
  });

  it("refuses groups that ElastiCache refuses", async () => {
    const { create } = await accountWithStore();
    const group = (userGroupId: string, userIds: string[]) =>
      create(USERS, userGroupId, { userGroupId, engine: "redis", userIds });
    await assert.rejects(group("g1", ["s-a"]), /DefaultUserRequired/);
    await assert.rejects(group("g2", ["s-default", "nobody"]), /UserNotFound: User nobody/);
    await create(USER, "a2", user("s-a2", "app-a", [OLD]));
    await assert.rejects(group("g3", ["s-default", "s-a", "s-a2"]), /DuplicateUserName.*app-a/);
    await assert.rejects(group("s", ["s-default"]), /UserGroupAlreadyExists/);
  });

  it("refuses passwords of a wrong length or number, and two ways in", () => {
    const { problems } = emptyAccount();
    const { authenticationMode: _mode, ...base } = user("u", "u", [OLD]);
    for (const passwords of [["short"], ["x".repeat(129)], [OLD, NEW, "c".repeat(16)]]) {
      assert.equal(problems(USER, { ...base, passwords }).length, 1, JSON.stringify(passwords));
    }
    assert.equal(problems(USER, base).length, 1);
    assert.equal(problems(USER, { ...base, passwords: [OLD], noPasswordRequired: true }).length, 1);
    assert.equal(problems(USER, { ...base, passwords: [OLD], accessString: "everything" }).length, 1);
    assert.deepEqual(problems(USER, { ...base, passwords: [OLD, NEW] }), []);
  });

  it("refuses a store whose groups aren't there, and hands on the parameters of one that is", async () => {
    const { create, stores } = emptyAccount();
    const store = { description: "d", replicationGroupId: "p", parameterGroupName: "mine" };
    await assert.rejects(create(GROUP, "p", store), /CacheParameterGroupNotFound.*mine/);
    await assert.rejects(
      create(GROUP, "p", { ...store, parameterGroupName: "default.redis7", subnetGroupName: "n" }),
      /CacheSubnetGroupNotFound/,
    );
    const parameters = [{ name: "maxmemory-policy", value: "volatile-lru" }];
    await create(PARAMETERS, "mine", { name: "mine", family: "redis7", parameters });
    await create(GROUP, "p", store);
    assert.deepEqual(stores.noted.get("p")?.parameters, { "maxmemory-policy": "volatile-lru" });
  });
});
