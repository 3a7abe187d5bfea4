import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAws } from "../../sandbox/cloud/aws/index.ts";
import type { Props, ResourceContext } from "../../sandbox/cloud/handler.ts";
import { judged } from "../../verification/aws/judge.ts";
import { lackOf } from "../../verification/aws/lacking.ts";
import { MUTATIONS } from "../../verification/aws/mutations.ts";
import { openJournal, type Recorded } from "../../verification/aws/recorder/journal.ts";
import { keep, kept } from "../../verification/aws/recorder/kept.ts";
import { storesWithoutServers } from "../../verification/aws/recorder/stores.ts";
import { rightsAgainst } from "../../verification/aws/rights.ts";
import { twoRotations } from "../../verification/aws/scenario.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

/** An account whose operations are noted, and short ways of asking it for something. */
function notedAccount() {
  const journal = openJournal();
  const aws = journal.recording(createAws(storesWithoutServers()));
  const ctx = (type: string, name: string): ResourceContext => ({
    urn: `urn:pulumi:staging::shop::${type}::${name}`,
    stack: "staging",
    type,
    name,
    timeoutSeconds: 0,
    preview: "apply",
  });
  const handler = (type: string) => {
    const found = aws.resource(type);
    assert.ok(found, type);
    return found;
  };
  return {
    operations: journal.operations,
    create: async (type: string, name: string, inputs: Props) =>
      (await handler(type).create(inputs, ctx(type, name))).id,
    read: (type: string, name: string, id: string) => handler(type).read(id, {}, ctx(type, name)),
    begin: (phase: Parameters<typeof journal.begin>[1]) => journal.begin("staging", phase),
    remove: (type: string, name: string, id: string) => handler(type).delete(id, {}, ctx(type, name)),
  };
}

const breachesIn = (operations: Parameters<typeof judged>[0]): string[] =>
  judged(operations).flatMap(({ breaches }) => breaches.map(({ rule, why }) => `rule ${rule}: ${why}`));

describe("the calls of the AWS provider", () => {
  it("has nothing against what AWS takes", async () => {
    const { operations, create } = notedAccount();
    await create("aws:ec2/securityGroup:SecurityGroup", "shop", {
      name: "shop-sessions",
      description: "Sessions of shop",
      vpcId: "vpc-0a51a9e57a9100001",
      ingress: [
        {
          description: "Redis over TLS from the nodes",
          protocol: "tcp",
          fromPort: 6379,
          toPort: 6379,
          securityGroups: ["sg-0a51a9e57a9100021"],
        },
      ],
      tags: { "runbooks:on-call": "platform-on-call" },
    });
    await create("aws:elasticache/user:User", "shop-default", {
      userId: "shop-default",
      userName: "default",
      engine: "redis",
      accessString: "off -@all",
      noPasswordRequired: true,
      tags: { "runbooks:on-call": "platform-on-call" },
    });
    await create("aws:cloudwatch/logGroup:LogGroup", "shop", {
      name: "/production-runbooks/shop",
      retentionInDays: 90,
    });
    const secretId = await create(SECRET, "staging/AFM_KEY", { name: "staging/AFM_KEY" });
    await create(VERSION, "g1", { secretId, secretString: "first", versionStages: ["g1", "AWSCURRENT"] });
    await create(VERSION, "g2", { secretId, secretString: "next", versionStages: ["g2", "AWSPENDING"] });
    assert.deepEqual(breachesIn(operations), []);
    assert.deepEqual(
      judged(operations)
        .map(({ call }) => call.operation)
        .filter((name) => name.startsWith("Put") || name.startsWith("Authorize")),
      ["AuthorizeSecurityGroupIngress", "PutRetentionPolicy", "PutSecretValue", "PutSecretValue"],
    );
    for (const { name, found, mutated } of MUTATIONS.filter(({ id }) => ["apostrophe", "owner-tag"].includes(id))) {
      assert.match(breachesIn(mutated(operations)).join("\n"), found, name);
    }
  });

  it("refuses a name that is too long for a replication group, and two hyphens together", () => {
    const made = (replicationGroupId: string) =>
      breachesIn([
        {
          stack: "staging",
          kind: "create",
          type: "aws:elasticache/replicationGroup:ReplicationGroup",
          name: "shop",
          id: "shop",
          inputs: { replicationGroupId },
          before: {},
          outputs: {},
        },
      ]);
    assert.deepEqual(made("a".repeat(40)), []);
    for (const id of ["a".repeat(41), "shop--staging", "shop-", "Shop", "1shop"])
      assert.match(made(id).join(), /^rule replication-group-id: /, id);
  });

  it("are those of the resource's own inputs, also where another type has the same id", async () => {
    const { operations, create, remove } = notedAccount();
    const filter = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
    await create("aws:cloudwatch/logGroup:LogGroup", "shop", { name: "/shop" });
    const id = await create(filter, "errors", {
      name: "errors",
      logGroupName: "/shop",
      pattern: "error",
      metricTransformation: { name: "errors", namespace: "shop", value: "1" },
    });
    const alarm = {
      name: "errors",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      evaluationPeriods: 1,
      metricName: "errors",
      namespace: "shop",
      period: 60,
      statistic: "Sum",
      threshold: 1,
    };
    assert.equal(await create("aws:cloudwatch/metricAlarm:MetricAlarm", "errors", alarm), id);
    await remove(filter, "errors", id);
    const last = judged(operations).at(-1)?.call;
    assert.deepEqual([last?.operation, last?.params.logGroupName], ["DeleteMetricFilter", "/shop"]);
  });

  it("look at an alarm over others by our rules alone: moto has none", async () => {
    const { operations, create } = notedAccount();
    const alarm = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
    const metric = (name: string) =>
      create("aws:cloudwatch/metricAlarm:MetricAlarm", name, {
        name,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        evaluationPeriods: 1,
        metricName: "errors",
        namespace: "shop",
        period: 60,
        statistic: "Sum",
        threshold: 1,
      });
    for (const name of ["one", "other"]) await metric(name);
    await create(alarm, "any", { alarmName: "any", alarmRule: 'ALARM("one") OR ALARM("other")' });
    assert.deepEqual(breachesIn(operations), []);
    const put = judged(operations).find(({ call }) => call.operation === "PutCompositeAlarm");
    assert.ok(put !== undefined && lackOf(put.call) !== null);
    const rules = ["one rings", Array.from({ length: 101 }, (_, index) => `ALARM("${index}")`).join(" OR ")];
    for (const alarmRule of rules) {
      const other = operations.map((one) =>
        one.type === alarm ? { ...one, inputs: { ...one.inputs, alarmRule } } : one,
      );
      assert.match(breachesIn(other).join("\n"), /^rule composite-alarm-rule: /);
    }
  });

  it("of a refresh are what the provider reads, and are told from those of an update", async () => {
    const { operations, create, read, begin } = notedAccount();
    begin("first update");
    const id = await create("aws:cloudwatch/logGroup:LogGroup", "shop", { name: "/shop" });
    begin("refresh");
    await read("aws:cloudwatch/logGroup:LogGroup", "shop", id);
    const calls = judged(operations).map(({ call, operation }) => [operation.phase, call.operation]);
    assert.deepEqual(
      calls.filter(([phase]) => phase === "refresh").map(([, name]) => name),
      ["DescribeLogGroups", "ListTagsForResource"],
    );
    assert.ok(calls.some(([phase, name]) => phase === "first update" && name === "CreateLogGroup"));
  });

  it("are judged again from the file that an earlier run has kept, and from no other one", async () => {
    const { operations, create } = notedAccount();
    await create("aws:cloudwatch/logGroup:LogGroup", "shop", { name: "/shop" });
    const room = await mkdtemp(join(tmpdir(), "aws-calls-"));
    try {
      await keep(join(room, "kept"), operations);
      assert.deepEqual(judged(await kept(join(room, "kept"))), judged(operations));
      await writeFile(join(room, "other"), JSON.stringify([{ stack: "staging" }]));
      await assert.rejects(kept(join(room, "other")), /other isn't a recording of npm run test:aws: delete it/);
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  });

  it("are held against docs/iam both ways: a right that is lacking, and one that no rotation calls for", async () => {
    const { operations, create, begin } = notedAccount();
    begin("rotations");
    const secretId = await create(SECRET, "staging/AFM_KEY", { name: "staging/AFM_KEY" });
    await create(VERSION, "g1", { secretId, secretString: "first", versionStages: ["g1", "AWSCURRENT"] });
    const { up, rotate } = await rightsAgainst(judged<Recorded>(operations));
    assert.deepEqual(up.lacking, []);
    assert.ok(up.unused.includes("elasticache:CreateReplicationGroup"));
    assert.deepEqual(rotate.lacking, ["secretsmanager:CreateSecret"]);
    assert.ok(rotate.unused.includes("elasticache:ModifyUser"));
    assert.ok(!rotate.unused.includes("secretsmanager:PutSecretValue"), "is called for");
    assert.ok(!rotate.unused.includes("s3:PutObject"), "is the runner's own");
  });

  it("hand on to the provider what the engine ignores", () => {
    const given: unknown[] = [];
    const journal = openJournal();
    const nothing = {
      check: () => ({ inputs: {}, failures: [] }),
      read: async () => null,
      delete: async () => undefined,
    };
    const provider = journal.recording({
      name: "aws",
      resource: () => ({
        ...nothing,
        create: async () => ({ id: "x", outputs: {} }),
        update: async () => ({ outputs: {} }),
        diff: (_olds, _news, _ctx, more) => {
          given.push(more);
          return { changes: "none", replaces: [] };
        },
      }),
    });
    const more = { state: { versionStages: ["g1"] }, ignored: ["versionStages"] };
    const ctx = {
      urn: "urn",
      stack: "staging",
      type: VERSION,
      name: "x",
      timeoutSeconds: 0,
      preview: "apply",
    } as const;
    provider.resource(VERSION)?.diff({}, {}, ctx, more);
    assert.deepEqual(given, [more]);
  });

  it("stops at a type whose calls nobody has written down", () => {
    const operation = { stack: "", kind: "create", name: "x", id: "x", inputs: {}, before: {}, outputs: {} } as const;
    assert.throws(() => judged([{ ...operation, type: "aws:rds/instance:Instance" }]), /rds\/instance.*add its calls/);
  });
});

describe("the labels of a secret's versions", () => {
  const id = (version: string) => `arn:secret|${version}`;
  const operation = (kind: "create" | "update" | "delete", version: string, versionStages: string[]) => ({
    stack: "staging",
    kind,
    type: VERSION,
    name: version,
    id: id(version),
    inputs: { secretId: "arn:secret", secretString: "value", versionStages },
    before: {},
    outputs: {},
  });
  const first = [operation("create", "v1", ["g1", "AWSCURRENT"]), operation("create", "v2", ["g2", "AWSPENDING"])];

  it("move with AWSCURRENT as Secrets Manager moves them", () => {
    const current = operation("update", "v2", ["g2", "AWSCURRENT"]);
    assert.deepEqual(breachesIn([...first, current]), []);
    const moved = judged([...first, current]).map(({ call }) => call);
    assert.deepEqual(moved.find(({ operation: name }) => name === "UpdateSecretVersionStage")?.params, {
      SecretId: "arn:secret",
      VersionStage: "AWSCURRENT",
      MoveToVersionId: "v2",
      RemoveFromVersionId: "v1",
    });
  });

  it("refuses AWSPREVIOUS for a version while another one has it: the second rotation of a program that manages it", () => {
    const again = [
      ...first,
      operation("update", "v2", ["g2", "AWSCURRENT"]),
      operation("create", "v3", ["g3", "AWSPENDING"]),
      operation("update", "v3", ["g3", "AWSCURRENT"]),
      operation("update", "v2", ["g2", "AWSPREVIOUS"]),
    ];
    assert.match(breachesIn(again).join("\n"), /staging-labels: AWSPREVIOUS is on v2: moving it/);
  });

  it("refuses to take a label off a version that hasn't got it", () => {
    const stale = [
      operation("create", "v1", ["g1", "AWSCURRENT"]),
      operation("create", "v2", ["g2", "shared"]),
      operation("create", "v3", ["g3", "shared"]),
      operation("update", "v2", ["g2"]),
    ];
    assert.deepEqual(breachesIn(stale), [
      "rule staging-labels: shared: RemoveFromVersionId names v2, and v3 has the label",
    ]);
  });

  it("follows two rotations of each secret, the second one called off at every step", () => {
    const titles = twoRotations(firstState()).map(({ title }) => title);
    for (const secret of ["SUPABASE_KEY", "SESSION_SECRET", "AFM_KEY", "REDIS_URL"]) {
      const own = titles.filter((title) => title.startsWith(`${secret} `));
      assert.deepEqual(
        own.filter((title) => title.endsWith("called off")),
        [`${secret} g3: pend, called off`, `${secret} g3: current, called off`],
      );
      assert.equal(own.filter((title) => title.endsWith(": revoke")).length, 2, secret);
    }
  });
});
