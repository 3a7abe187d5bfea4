import assert from "node:assert/strict";
import { redisSessions } from "../../policies/redis-sessions.ts";
import {
  CONTAINER,
  configMap,
  deployment,
  having,
  lacking,
  migrationJob,
  replicationGroup,
  secret,
  secretVersion,
} from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const ENV = [...CONTAINER, "env"] as const;
const FROM_SECRET = "take REDIS_URL from a Secret (valueFrom.secretKeyRef)";

describe("policy redis-sessions", () => {
  it("passes the compliant resources", async () => {
    for (const fixture of [deployment, migrationJob, configMap, secret, secretVersion, replicationGroup]) {
      assert.deepEqual(await judge(redisSessions, fixture), [], fixture.type);
    }
  });

  it("refuses SESSION_STORE=memory in env", async () => {
    const broken = having(deployment, [...ENV, 0], { name: "SESSION_STORE", value: "memory" });
    assert.deepEqual(await judge(redisSessions, broken), [
      'spec.template.spec.containers[0].env[0].value is "memory": set SESSION_STORE to "redis", sessions elsewhere are lost with the pod',
    ]);
  });

  it("refuses SESSION_STORE=memory in a ConfigMap", async () => {
    assert.deepEqual(await judge(redisSessions, having(configMap, ["data", "SESSION_STORE"], "memory")), [
      'data.SESSION_STORE is "memory": set SESSION_STORE to "redis", sessions elsewhere are lost with the pod',
    ]);
  });

  it("refuses a literal REDIS_URL in env without telling it", async () => {
    const broken = having(deployment, [...ENV, 1], { name: "REDIS_URL", value: "rediss://u:hunter2@host" });
    assert.deepEqual(await judge(redisSessions, broken), [
      `spec.template.spec.containers[0].env[1].value has REDIS_URL in clear: ${FROM_SECRET}`,
    ]);
  });

  it("refuses REDIS_URL from a ConfigMap", async () => {
    const broken = having(deployment, [...ENV, 1, "valueFrom"], {
      configMapKeyRef: { name: "app-r1", key: "REDIS_URL" },
    });
    assert.deepEqual(await judge(redisSessions, broken), [
      `spec.template.spec.containers[0].env[1].valueFrom takes REDIS_URL from something that isn't a Secret: ${FROM_SECRET}`,
    ]);
    assert.deepEqual(await judge(redisSessions, having(configMap, ["data", "REDIS_URL"], "rediss://host")), [
      `data.REDIS_URL has REDIS_URL in clear: ${FROM_SECRET}`,
    ]);
  });

  it("refuses a redis:// URL under another name", async () => {
    const problem = "is a URL with redis://: use rediss://, sessions travel encrypted";
    assert.deepEqual(await judge(redisSessions, having(configMap, ["data", "CACHE"], "redis://cache:6379")), [
      `data.CACHE ${problem}`,
    ]);
    assert.deepEqual(
      await judge(redisSessions, having(deployment, [...ENV, 0], { name: "CACHE", value: "redis://cache" })),
      [`spec.template.spec.containers[0].env[0].value ${problem}`],
    );
  });

  it("refuses a Secret's REDIS_URL without TLS, in clear or in base64, without telling it", async () => {
    const plain = having(secret, ["stringData", "REDIS_URL"], "redis://u:hunter2@host");
    assert.deepEqual(await judge(redisSessions, plain), [
      "stringData.REDIS_URL is a URL with redis://: use rediss://, sessions travel encrypted",
    ]);
    const encoded = having(secret, ["data", "REDIS_URL"], Buffer.from("redis://u:hunter2@host").toString("base64"));
    assert.deepEqual(await judge(redisSessions, encoded), [
      "data.REDIS_URL is a URL with redis://: use rediss://, sessions travel encrypted",
    ]);
    assert.deepEqual(await judge(redisSessions, having(secret, ["stringData", "REDIS_URL"], "hunter2")), [
      "stringData.REDIS_URL is a URL with no scheme: use rediss://, sessions travel encrypted",
    ]);
  });

  it("refuses a secret version with a redis:// URL", async () => {
    assert.deepEqual(await judge(redisSessions, having(secretVersion, ["secretString"], "redis://u:hunter2@host")), [
      "secretString is a URL with redis://: use rediss://, sessions travel encrypted",
    ]);
  });

  it("refuses a replication group in clear, in one zone, or without users, all at once", async () => {
    const broken = { ...replicationGroup, props: { transitEncryptionEnabled: false, userGroupIds: [] } };
    assert.deepEqual(await judge(redisSessions, broken), [
      "transitEncryptionEnabled is false: set it to true",
      "atRestEncryptionEnabled is missing: set it to true",
      "multiAzEnabled is missing: set it to true",
      "automaticFailoverEnabled is missing: set it to true",
      "userGroupIds is []: set it to the user group whose users are the releases'",
    ]);
    assert.deepEqual(await judge(redisSessions, lacking(replicationGroup, ["userGroupIds"])), [
      "userGroupIds is missing: set it to the user group whose users are the releases'",
    ]);
  });

  it("asks for several zones in production alone, by the stack's name", async () => {
    const single = lacking(lacking(replicationGroup, ["multiAzEnabled"]), ["automaticFailoverEnabled"]);
    assert.deepEqual(await judge(redisSessions, single, { stack: "staging" }), []);
    const config = { productionStacks: ["live"] };
    assert.equal((await judge(redisSessions, single, { stack: "live", config })).length, 2);
    assert.deepEqual(await judge(redisSessions, single, { stack: "production", config }), []);
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = having(
      having(deployment, [...ENV, 0], { name: "SESSION_STORE", value: "memory" }),
      [...ENV, 1, "valueFrom"],
      UNKNOWN_INPUT,
    );
    assert.equal((await judge(redisSessions, partly)).length, 1);
    assert.deepEqual(await judge(redisSessions, having(secret, ["stringData"], UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(redisSessions, having(secret, ["data", "REDIS_URL"], UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(redisSessions, having(configMap, ["data", "SESSION_STORE"], UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(redisSessions, having(configMap, ["data", "REDIS_URL"], UNKNOWN_INPUT)), [
      `data.REDIS_URL has REDIS_URL in clear: ${FROM_SECRET}`,
    ]);
    const group = having(having(replicationGroup, ["userGroupIds", 0], UNKNOWN_INPUT), ["multiAzEnabled"], false);
    assert.deepEqual(await judge(redisSessions, group), ["multiAzEnabled is false: set it to true"]);
  });
});
