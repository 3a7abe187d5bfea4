import assert from "node:assert/strict";
import { lookForLines } from "../../infra/clients/cloudwatch-logs.ts";
import { judgeLogs, judgeReach, judgeStore } from "../../infra/onboarding/aws-lines.ts";
import { anyLineIn } from "../../infra/settings/log-source.ts";
import type { Service } from "../../sandbox/cloud/services/http.ts";
import { serveLogs } from "../../sandbox/cloud/services/logs.ts";

const CLUSTER_LOGS = "/aws/containerinsights/app/application";
const source = {
  group: CLUSTER_LOGS,
  fields: "log_processed",
  namespaceField: "kubernetes.namespace_name",
  namespace: "app-staging",
};
const FIRST = "before its first update" as const;

describe("what the doctor says of AWS", () => {
  it("of a bucket is right before the stack's first update, which makes it, and after it", () => {
    const says = (found: "writable" | "missing", standing: "updated" | typeof FIRST) => {
      const { holds, evidence, remedy } = judgeStore("records", "s3://app-staging-records-1", found, standing);
      return `${holds}: ${evidence}; ${remedy ?? ""}`;
    };
    assert.match(says("missing", FIRST), /^true: .*first `pulumi up` creates the bucket/);
    assert.match(says("writable", FIRST), /^false: .*already exists.*409; name a bucket .* that doesn't exist yet$/);
    assert.match(says("missing", "updated"), /^false: .*doesn't exist; `pulumi up` creates/);
    assert.match(says("writable", "updated"), /^true: .*can be written/);
    assert.equal(judgeStore("records", "file:///records", "writable", FIRST).holds, true);
  });

  it("of log lines is whether they arrive where the alarms count them", () => {
    const says = (shown: Parameters<typeof judgeLogs>[2], standing: "updated" | typeof FIRST) => {
      const { holds, evidence, remedy } = judgeLogs("logs", source, shown, standing);
      return `${holds}: ${evidence}; ${remedy ?? ""}`;
    };
    assert.match(says({ group: "missing" }, FIRST), /^false: .*isn't there.*; install the cluster's log forwarder/);
    assert.match(says({ group: "there", newest: null }, FIRST), /^true: .*nothing of app-staging logs yet/);
    assert.match(says({ group: "there", newest: null }, "updated"), /^false: no line of app-staging has come to/);
    assert.match(says({ group: "there", newest: 0 }, "updated"), /^true: .*arrive in .*one at 1970/);
  });

  it("of the session store is from where it is reached", () => {
    const says = (here: boolean, pod: boolean | null) => {
      const { holds, evidence, remedy } = judgeReach("store", { place: "a:6379", here, pod });
      return `${holds}: ${evidence}; ${remedy ?? ""}`;
    };
    assert.match(says(true, null), /^true: a:6379 is reached from here/);
    assert.match(says(false, true), /^true: .*isn't reached from here, and is asked from a pod/);
    assert.match(says(false, false), /^false: .*neither from here nor from a pod; .*clientSecurityGroupIds/);
    assert.match(
      says(false, null),
      /^false: .*run the runner inside the VPC, or allow it get and create on pods\/exec/,
    );
  });
});

describe("a look at CloudWatch Logs", () => {
  let service: Service;
  const NOW = Date.parse("2026-11-27T12:00:00Z");
  const line = (namespace_name: string, at: number) => ({
    at,
    pod: "app-1",
    text: JSON.stringify({ log: "{}", log_processed: {}, kubernetes: { namespace_name } }),
  });
  const environment = { ...process.env };
  before(async () => {
    const shipped = [line("app-staging", NOW - 5_000), line("app-production", NOW - 1_000)];
    service = await serveLogs({ groups: () => ["/made/by-a-stack"], shipped: () => shipped });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: service.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
  });
  after(async () => {
    for (const name of ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await service.close();
  });
  const look = (group: string, namespace: string, since = NOW - 60_000) =>
    lookForLines({ group, pattern: anyLineIn({ ...source, namespace }), region: "eu-west-1" }, since);

  it("finds the newest line of the namespace, and no other's", async () => {
    assert.deepEqual(await look(CLUSTER_LOGS, "app-staging"), { group: "there", newest: NOW - 5_000 });
    assert.deepEqual(await look(CLUSTER_LOGS, "app-other"), { group: "there", newest: null });
    assert.deepEqual(await look(CLUSTER_LOGS, "app-staging", NOW - 4_000), { group: "there", newest: null });
  });

  it("tells a group that nobody writes to from one that isn't there", async () => {
    assert.deepEqual(await look("/made/by-a-stack", "app-staging"), { group: "there", newest: null });
    assert.deepEqual(await look("/made/by-nobody", "app-staging"), { group: "missing" });
    assert.deepEqual(await look("/aws/containerinsights/app", "app-staging"), { group: "missing" });
  });
});
