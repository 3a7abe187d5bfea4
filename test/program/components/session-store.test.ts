import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { groupSettings, parameterFamily, SessionStore } from "../../../infra/program/components/session-store.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { inClear, resolved, startWorld } from "../../../verification/mocks/world.ts";
import { settingsWith } from "../fixtures/settings.ts";

const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const tags = { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" };

async function storeWith(changes: Record<string, unknown> = {}) {
  const { sessionStore, network } = parseSettings(settingsWith(changes));
  const world = await startWorld();
  const store = new SessionStore(
    "app-staging",
    {
      store: sessionStore,
      network,
      kmsKeyArn: "arn:key",
      credentials: {
        generations: ["g1", "g2"].map((id) => ({ id, change: "bootstrap", createdOn: "2026-11-22" })),
        revoked: {},
        current: "g1",
        pending: "g2",
        previous: null,
      },
      owner: { change: "bootstrap", onCall: "Ada" },
    },
    world.watched,
  );
  await world.settle(store);
  return { world, store };
}

describe("the session store", () => {
  it("is a replication group with TLS, encryption at rest and users of its own", async () => {
    const { world } = await storeWith();
    assert.deepEqual(world.inputs(GROUP, "app-staging"), {
      replicationGroupId: "app-staging",
      description: "Sessions of app-staging",
      engine: "redis",
      engineVersion: "7.1",
      nodeType: "cache.t4g.small",
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: false,
      port: 6379,
      parameterGroupName: "app-staging-redis7",
      subnetGroupName: "app-staging",
      securityGroupIds: ["app-staging-id"],
      userGroupIds: ["app-staging"],
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: "arn:key",
      snapshotRetentionLimit: 1,
      applyImmediately: true,
      tags,
    });
    assert.equal(world.options(GROUP).protect, true);
  });

  it("fails over between zones and keeps its window where the settings ask for it", async () => {
    const { world } = await storeWith({
      "sessionStore.multiAz": true,
      "sessionStore.replicas": 2,
      "sessionStore.maintenanceWindow": "tue:03:00-tue:04:00",
    });
    const { multiAzEnabled, automaticFailoverEnabled, numCacheClusters, maintenanceWindow } = groupSettings(
      parseSettings(
        settingsWith({
          "sessionStore.multiAz": true,
          "sessionStore.replicas": 2,
          "sessionStore.maintenanceWindow": "tue:03:00-tue:04:00",
        }),
      ).sessionStore,
    );
    const asked = { multiAzEnabled, automaticFailoverEnabled, numCacheClusters, maintenanceWindow };
    assert.deepEqual(asked, {
      multiAzEnabled: true,
      automaticFailoverEnabled: true,
      numCacheClusters: 3,
      maintenanceWindow: "tue:03:00-tue:04:00",
    });
    const inputs = world.inputs(GROUP);
    assert.ok(inputs !== null && typeof inputs === "object");
    assert.deepEqual({ ...inputs, ...asked }, inputs);
  });

  it("lives in the given subnets, and only the cluster's nodes reach it", async () => {
    const { world } = await storeWith();
    assert.deepEqual(world.inputs("aws:elasticache/subnetGroup:SubnetGroup"), {
      name: "app-staging",
      description: "Sessions of app-staging",
      subnetIds: ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"],
      tags,
    });
    assert.deepEqual(world.inputs("aws:ec2/securityGroup:SecurityGroup"), {
      name: "app-staging-sessions",
      description: "Sessions of app-staging",
      vpcId: "vpc-0a1b2c3d4e5f60718",
      ingress: [
        {
          description: "Redis over TLS from the nodes of the cluster",
          protocol: "tcp",
          fromPort: 6379,
          toPort: 6379,
          securityGroups: ["sg-0a1b2c3d4e5f60718"],
        },
      ],
      tags,
    });
    assert.deepEqual(world.inputs("aws:elasticache/parameterGroup:ParameterGroup", "app-staging-redis7"), {
      name: "app-staging-redis7",
      family: "redis7",
      description: "Sessions of app-staging",
      parameters: [{ name: "maxmemory-policy", value: "volatile-lru" }],
      tags,
    });
  });

  it("gives each generation of REDIS_URL its own user, over TLS, as a secret", async () => {
    const { world, store } = await storeWith();
    const { g1, g2 } = store.urls;
    assert.ok(g1 !== undefined && g2 !== undefined);
    assert.equal(await resolved(g1), "rediss://app-a:minted-app-staging-redis-g1@app-staging.cache.example.com:6390");
    assert.equal(await resolved(g2), "rediss://app-b:minted-app-staging-redis-g2@app-staging.cache.example.com:6390");
    assert.equal(await pulumi.isSecret(g1), true);
    assert.doesNotMatch(JSON.stringify(inClear(world.registered)), /minted-/);
  });

  it("takes the parameter family of its version", () => {
    assert.equal(parameterFamily("7.1"), "redis7");
    assert.equal(parameterFamily("7.0"), "redis7");
  });
});
