import assert from "node:assert/strict";
import fc from "fast-check";
import {
  changeStages,
  deleteStages,
  type Labels,
  labelsOf,
  putVersion,
  updateStage,
} from "../../sandbox/cloud/aws/staging-labels.ts";
import { UNKNOWN } from "../../sandbox/cloud/handler.ts";
import type { Props } from "../../sandbox/cloud/wire.ts";
import { emptyAccount } from "./aws-world.ts";

const KEY = "aws:kms/key:Key";
const ALIAS = "aws:kms/alias:Alias";
const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const BUCKET = "aws:s3/bucket:Bucket";

describe("the aws provider's checks", () => {
  const { problems, aws, handlerOf, ctxOf } = emptyAccount();

  const REFUSED: [string, string, Props, RegExp][] = [
    ["an unknown property", KEY, { descripton: "x" }, /^descripton: aws:kms\/key:Key has no property descripton$/],
    ["a wrong type", KEY, { enableKeyRotation: "yes" }, /^enableKeyRotation: .*boolean/],
    ["a window that AWS hasn't", KEY, { deletionWindowInDays: 3 }, /^deletionWindowInDays: is 7 to 30 days/],
    ["an alias without its prefix", ALIAS, { name: "mine", targetKeyId: "k" }, /^name: must begin with 'alias\/'/],
    ["a missing property", ALIAS, { name: "alias/a" }, /^targetKeyId: /],
    ["a secret without a value", VERSION, { secretId: "s" }, /^secretString: give exactly one/],
    ["a recovery window of 3 days", SECRET, { recoveryWindowInDays: 3 }, /^recoveryWindowInDays: is 0 or 7 to 30/],
    [
      "RBAC without TLS",
      GROUP,
      { description: "d", userGroupIds: ["g"] },
      /^userGroupIds: needs transitEncryptionEnabled/,
    ],
    [
      "Multi-AZ without failover",
      GROUP,
      { description: "d", multiAzEnabled: true },
      /^multiAzEnabled: needs automaticFailover/,
    ],
    [
      "failover of one node",
      GROUP,
      { description: "d", automaticFailoverEnabled: true },
      /^numCacheClusters: is at least 2/,
    ],
    [
      "a key without encryption at rest",
      GROUP,
      { description: "d", kmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/k" },
      /^kmsKeyId: needs atRest/,
    ],
    [
      "an ARN of another service",
      GROUP,
      { description: "d", kmsKeyId: "arn:aws:sns:eu-west-1:123456789012:t" },
      /^kmsKeyId: isn't the ARN/,
    ],
    [
      "an apostrophe in a rule's description",
      "aws:ec2/securityGroup:SecurityGroup",
      { ingress: [{ protocol: "tcp", fromPort: 1, toPort: 1, description: "the cluster's" }] },
      /^ingress\.0\.description: holds letters, digits, spaces and/,
    ],
    ["a tag of O'Brien's", KEY, { tags: { owner: "O'Brien" } }, /^tags\.owner: holds characters that no tag may have/],
    ["a tag of AWS' own", KEY, { tags: { "aws:owner": "a" } }, /^tags\.aws:owner: /],
    [
      "a user's id of 41 characters",
      "aws:elasticache/user:User",
      { userId: "a".repeat(41), userName: "a", engine: "redis", accessString: "on ~*", noPasswordRequired: true },
      /^userId: .*at most 40/,
    ],
    [
      "two hyphens in a user group's id",
      "aws:elasticache/userGroup:UserGroup",
      { userGroupId: "my--app", engine: "redis" },
      /^userGroupId: .*single '-'/,
    ],
    ["Redis 7.2", GROUP, { description: "d", engineVersion: "7.2" }, /^engineVersion: isn't a version of that engine/],
    [
      "TLS alone on Redis 6.2",
      GROUP,
      { description: "d", engineVersion: "6.2", transitEncryptionEnabled: true, transitEncryptionMode: "required" },
      /^transitEncryptionMode: needs engineVersion 7\.0/,
    ],
    [
      "a filter pattern of 1025 characters",
      "aws:cloudwatch/logMetricFilter:LogMetricFilter",
      { logGroupName: "g", pattern: " ".repeat(1025), metricTransformation: { name: "m", namespace: "n", value: "1" } },
      /^pattern: has at most 1024/,
    ],
    [
      "a metric with a colon",
      "aws:cloudwatch/logMetricFilter:LogMetricFilter",
      { logGroupName: "g", pattern: "", metricTransformation: { name: "a:b", namespace: "n", value: "1" } },
      /^metricTransformation\.name: holds none of/,
    ],
    ["a bucket's bad name", BUCKET, { bucket: "No_Bucket" }, /^bucket: /],
    [
      "a nested unknown property",
      "aws:s3/bucketVersioning:BucketVersioning",
      { bucket: "b", versioningConfiguration: { status: "Enabled", state: "x" } },
      /^versioningConfiguration\.state: .*no property state/,
    ],
    [
      "a dashboard that is none",
      "aws:cloudwatch/dashboard:Dashboard",
      { dashboardName: "d", dashboardBody: "{}" },
      /^dashboardBody: isn't a dashboard/,
    ],
    [
      "an alarm without a metric",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1, threshold: 1 },
      /^metricName: give exactly one/,
    ],
    [
      "an email that is none",
      "aws:sns/topicSubscription:TopicSubscription",
      { topic: "arn:aws:sns:eu-west-1:123456789012:t", protocol: "email", endpoint: "nobody" },
      /^endpoint: isn't an email/,
    ],
    [
      "a rule of two sources",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      { securityGroupId: "sg-01", ipProtocol: "-1", cidrIpv4: "10.0.0.0/8", referencedSecurityGroupId: "sg-02" },
      /^cidrIpv4: give exactly one/,
    ],
  ];
  for (const [what, type, inputs, problem] of REFUSED) {
    it(`refuse ${what}`, () => {
      const found = problems(type, inputs);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", problem);
    });
  }

  it("know no type that isn't there", () => {
    assert.equal(aws.resource("aws:s3/bucketV2:BucketV2"), undefined);
  });

  it("give what isn't known yet the benefit of the doubt, and nothing else", () => {
    assert.deepEqual(
      problems(GROUP, {
        description: UNKNOWN,
        userGroupIds: [UNKNOWN],
        kmsKeyId: UNKNOWN,
        transitEncryptionEnabled: true,
        atRestEncryptionEnabled: true,
      }),
      [],
    );
    assert.deepEqual(
      problems(GROUP, { description: UNKNOWN, userGroupIds: ["g"], transitEncryptionEnabled: UNKNOWN }),
      [],
    );
    assert.equal(problems(KEY, { description: UNKNOWN, nope: UNKNOWN }).length, 1);
    assert.equal(problems(VERSION, { secretId: UNKNOWN, secretString: UNKNOWN, versionStages: "x" }).length, 1);
  });

  it("never repeat a value that may be a secret", () => {
    const found = problems("aws:elasticache/user:User", {
      userId: "a",
      userName: "a",
      engine: "redis",
      accessString: "on ~*",
      passwords: ["hunter2"],
    });
    assert.equal(found.length, 1);
    assert.doesNotMatch(found.join(), /hunter2/);
  });

  it("make up the same name each time where the program gives none", () => {
    const named = () => handlerOf(BUCKET).check({}, ctxOf(BUCKET, "records")).inputs.bucket;
    assert.match(String(named()), /^records-[0-9a-f]{7}$/);
    assert.equal(named(), named());
  });

  it("replace where AWS can't change, the old one first where both can't be", () => {
    const { diff } = handlerOf(SECRET);
    const ctx = ctxOf(SECRET, "x");
    assert.deepEqual(diff({ name: "a" }, { name: "a" }, ctx), { changes: "none", replaces: [] });
    assert.deepEqual(diff({ description: "a" }, { description: "b" }, ctx), { changes: "some", replaces: [] });
    assert.deepEqual(diff({ name: "a" }, { name: "b" }, ctx), {
      changes: "some",
      replaces: ["name"],
      deleteBeforeReplace: true,
    });
    const version = handlerOf(VERSION).diff({ secretString: "a" }, { secretString: "b" }, ctx);
    assert.deepEqual(version, { changes: "some", replaces: ["secretString"] });
  });
});

describe("the aws provider's resources", () => {
  it("belong to one account: a name is taken once, but a put that was interrupted finds its own", async () => {
    const { create } = emptyAccount();
    const topic = "aws:sns/topic:Topic";
    const first = await create(topic, "alarms", { name: "alarms" });
    assert.equal(first.outputs.arn, "arn:aws:sns:eu-west-1:123456789012:alarms");
    await assert.rejects(create(topic, "other", { name: "alarms" }), /already exists/);
    const again = await create(topic, "alarms", { name: "alarms", displayName: "Alarms" });
    assert.deepEqual([again.id, again.outputs.displayName], [first.id, "Alarms"]);
  });

  it("that an interrupted create has left are in the next one's way where the service's call is no put", async () => {
    const { create } = emptyAccount();
    const REFUSED: [string, Props, RegExp][] = [
      [SECRET, { name: "app/staging/AFM_KEY" }, /ResourceExistsException/],
      ["aws:cloudwatch/logGroup:LogGroup", { name: "/a" }, /ResourceAlreadyExistsException/],
      [BUCKET, { bucket: "my-records" }, /BucketAlreadyOwnedByYou/],
    ];
    for (const [type, inputs, why] of REFUSED) {
      await create(type, "made", inputs);
      await assert.rejects(create(type, "made", inputs), why, type);
    }
    const filter = {
      logGroupName: "/a",
      name: "f",
      pattern: "",
      metricTransformation: { name: "m", namespace: "n", value: "1" },
    };
    const made = () => create("aws:cloudwatch/logMetricFilter:LogMetricFilter", "f", filter);
    assert.equal((await made()).id, (await made()).id);
  });

  it("keep the secrets provider's alias for itself", async () => {
    const { create } = emptyAccount();
    const { id } = await create(KEY, "k", {});
    const alias = { name: "alias/production-runbooks-staging", targetKeyId: id };
    await assert.rejects(create(ALIAS, "a", alias), /AlreadyExistsException.*secrets provider/);
    await assert.rejects(create(ALIAS, "b", { name: "alias/b", targetKeyId: "nokey" }), /NotFoundException/);
  });

  it("answer a read with the inputs and outputs, and with nothing once deleted", async () => {
    const { create, read, remove } = emptyAccount();
    const { id, outputs } = await create(BUCKET, "b", { bucket: "my-records", tags: { a: "b" } });
    assert.deepEqual(
      [outputs.arn, outputs.region, outputs.tagsAll],
      ["arn:aws:s3:::my-records", "eu-west-1", { a: "b" }],
    );
    assert.deepEqual(await read(BUCKET, id), outputs);
    await remove(BUCKET, { id, outputs });
    assert.equal(await read(BUCKET, id), null);
  });

  it("refuse a lock on a bucket made without one", async () => {
    const { create } = emptyAccount();
    const lock = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
    const rule = { defaultRetention: { mode: "GOVERNANCE", days: 1 } };
    await create(BUCKET, "b", { bucket: "plain-bucket" });
    await assert.rejects(create(lock, "l", { bucket: "plain-bucket", rule }), /InvalidBucketState/);
    await assert.rejects(create(lock, "l", { bucket: "no-bucket", rule }), /NoSuchBucket/);
  });

  it("know who is asking, where and in which partition", async () => {
    const { aws } = emptyAccount();
    const identity = await aws.invoke?.("aws:index/getCallerIdentity:getCallerIdentity", {});
    assert.equal(identity?.accountId, "123456789012");
    await assert.rejects(async () => aws.invoke?.("aws:ec2/getVpc:getVpc", {}), /no function aws:ec2\/getVpc:getVpc/);
  });
});

describe("Secrets Manager's staging labels", () => {
  const version = fc.constantFrom("v1", "v2", "v3");
  const label = fc.constantFrom("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "g1");
  const steps = fc.array(fc.record({ version, before: fc.uniqueArray(label), after: fc.uniqueArray(label) }), {
    maxLength: 12,
  });
  /** What a call leaves, whether it was refused or not. */
  const attempted = (labels: Labels, call: (labels: Labels) => Labels): Labels => {
    try {
      return call(labels);
    } catch (error) {
      assert.match(String(error), /InvalidParameterException|waiting for Secrets Manager/);
      return labels;
    }
  };

  it("keep AWSCURRENT on exactly one version whatever is done to them", () => {
    fc.assert(
      fc.property(steps, (changes) => {
        let labels: Labels = putVersion({}, "v1", []);
        for (const change of changes) {
          labels = attempted(labels, (now) => changeStages(now, change.version, change));
          labels = attempted(labels, (now) => deleteStages(now, change.version, change.before));
          assert.equal(["v1", "v2", "v3"].filter((each) => labelsOf(labels, each).includes("AWSCURRENT")).length, 1);
        }
      }),
    );
  });

  it("leave AWSPREVIOUS on the version that had been current, whoever had it", () => {
    fc.assert(
      fc.property(version, version, version, (from, to, previous) => {
        fc.pre(from !== to);
        const start = { AWSCURRENT: from, AWSPREVIOUS: previous };
        const moved = updateStage(start, { stage: "AWSCURRENT", to, from });
        assert.deepEqual(moved, { AWSCURRENT: to, AWSPREVIOUS: from });
        assert.deepEqual(putVersion(start, to, ["AWSCURRENT"]), moved);
      }),
    );
  });

  it("are moved by whoever names the version that has them, and by nobody else", () => {
    const labels: Labels = { AWSCURRENT: "v2", AWSPREVIOUS: "v1", g1: "v1", g2: "v2" };
    const REFUSED: [string, Parameters<typeof updateStage>[1], RegExp][] = [
      ["without the version that has it", { stage: "AWSCURRENT", to: "v1" }, /must explicitly reference that version/],
      ["naming another version", { stage: "AWSCURRENT", to: "v1", from: "v3" }, /isn't attached to version v3/],
      ["off a version that hasn't it", { stage: "AWSPREVIOUS", from: "v2" }, /isn't attached to version v2/],
      ["off the current version", { stage: "AWSCURRENT", from: "v2" }, /can't be completely removed/],
      ["to the version that has it", { stage: "AWSPREVIOUS", to: "v1" }, /is attached to version v1 already/],
      ["nowhere", { stage: "AWSPREVIOUS" }, /MoveToVersionId or RemoveFromVersionId/],
    ];
    for (const [what, call, why] of REFUSED) assert.throws(() => updateStage(labels, call), why, what);
    assert.deepEqual(updateStage(labels, { stage: "AWSPENDING", to: "v2" }), { ...labels, AWSPENDING: "v2" });
    const { AWSPREVIOUS: _gone, ...rest } = labels;
    assert.deepEqual(updateStage(labels, { stage: "AWSPREVIOUS", from: "v1" }), rest);
  });

  it("refuse the provider's update of a version that AWSPREVIOUS has been moved off", () => {
    const start: Labels = { AWSCURRENT: "v2", AWSPREVIOUS: "v1", AWSPENDING: "v3", g1: "v1", g2: "v2", g3: "v3" };
    const third = { before: ["g3", "AWSPENDING"], after: ["g3", "AWSCURRENT"] };
    const moved = changeStages(start, "v3", third);
    assert.deepEqual(moved, { AWSCURRENT: "v3", AWSPREVIOUS: "v2", g1: "v1", g2: "v2", g3: "v3" });
    const first = { before: ["g1", "AWSPREVIOUS"], after: ["g1"] };
    assert.throws(() => changeStages(moved, "v1", first), /AWSPREVIOUS isn't attached to version v1/);
    assert.throws(() => deleteStages(moved, "v1", first.before), /AWSPREVIOUS isn't attached to version v1/);
    assert.deepEqual(changeStages(moved, "v2", { before: ["g2", "AWSPREVIOUS"], after: ["g2", "AWSCURRENT"] }), {
      ...moved,
      AWSCURRENT: "v2",
      AWSPREVIOUS: "v3",
    });
  });

  it("are moved by versions through the provider, and a deleted version keeps AWSCURRENT alone", async () => {
    const { create, update, read, remove } = emptyAccount();
    const { id: secretId } = await create(SECRET, "s", { name: "staging/AFM_KEY" });
    const stored = (value: string, stages: string[]) => ({ secretId, secretString: value, versionStages: stages });
    const one = await create(VERSION, "g1", stored("a", ["g1"]));
    const two = await create(VERSION, "g2", stored("b", ["g2", "AWSPENDING"]));
    const stagesOf = async (id: string) => (await read(VERSION, id))?.versionStages;
    assert.deepEqual(await stagesOf(one.id), ["AWSCURRENT", "g1"], "the first version becomes the current one");
    assert.deepEqual(two.secretOutputs, ["secretString", "secretBinary"]);
    await update(VERSION, "g2", two, stored("b", ["g2", "AWSCURRENT"]));
    assert.deepEqual(await stagesOf(one.id), ["AWSPREVIOUS", "g1"]);
    assert.deepEqual(await stagesOf(two.id), ["AWSCURRENT", "g2"]);
    await remove(VERSION, { id: one.id, outputs: { versionStages: ["g1"] } });
    assert.deepEqual(await stagesOf(two.id), ["AWSCURRENT", "g2"]);
  });

  it("of the state are what an update or a deletion starts from, and a set is compared with them", async () => {
    const { create, update, remove, handlerOf, ctxOf } = emptyAccount();
    const { id: secretId } = await create(SECRET, "s", { name: "staging/AFM_KEY" });
    const stored = (stages: string[]) => ({ secretId, secretString: "a", versionStages: stages });
    const one = await create(VERSION, "g1", stored(["g1", "AWSCURRENT"]));
    const stale = { id: one.id, outputs: { ...one.outputs, versionStages: ["AWSPREVIOUS", "g1"] } };
    await assert.rejects(update(VERSION, "g1", stale, stored(["g1"])), /AWSPREVIOUS isn't attached/);
    await assert.rejects(remove(VERSION, stale), /AWSPREVIOUS isn't attached/);
    const compared = (state: string[], ignored: string[]) =>
      handlerOf(VERSION).diff(stored(["g1"]), stored(["g1"]), ctxOf(VERSION, "g1"), {
        state: { versionStages: state },
        ignored,
      }).changes;
    assert.deepEqual(
      [compared(["g1"], []), compared(["g1", "AWSPREVIOUS"], []), compared(["g1", "AWSPREVIOUS"], ["versionStages"])],
      ["none", "some", "none"],
    );
  });

  it("go with a secret whose name can't be used again within its recovery window", async () => {
    const { create, remove } = emptyAccount();
    const kept = await create(SECRET, "s", { name: "a" });
    await remove(SECRET, kept);
    await assert.rejects(create(SECRET, "s", { name: "a" }), /already scheduled for deletion/);
    const gone = await create(SECRET, "t", { name: "b", recoveryWindowInDays: 0 });
    await remove(SECRET, gone);
    assert.notEqual((await create(SECRET, "t", { name: "b" })).id, gone.id);
  });
});
