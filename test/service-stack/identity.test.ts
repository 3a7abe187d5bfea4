import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DOCUMENTS, OF_CLOUDWATCH, servedPolicy } from "../../runner/identity.ts";
import { parseSettings } from "../../runner/settings.ts";
import { actionsOfRunbook } from "../../verification/iam/documents.ts";
import { graphs } from "../../verification/iam/program.ts";
import { TO_CHANGE, TO_READ_METRICS } from "../../verification/iam/runner.ts";
import { makeService, SETTINGS } from "./world.ts";

const ROOT = join(import.meta.dirname, "../..");
const policySchema = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });
const NAMES = {
  application: "shop",
  stage: "staging",
  partition: "aws",
  region: "eu-west-1",
  account: "123456789012",
  backend: "shop-state",
  records: "shop-records",
  "stack-key": "production-runbooks-staging",
  cluster: "shop",
  "notify-topic": "changes",
};

const stacksSchema = z.array(z.looseObject({ stage: z.string() }));
const textsFor = (names: Readonly<Record<string, string>>, documents: readonly string[] = DOCUMENTS): string[] =>
  documents.map((name) => servedPolicy(readFileSync(join(ROOT, "docs/iam", name), "utf8"), names));

/** The actions that documents allow. */
function granted(texts: readonly string[]): string[] {
  const statements = texts.flatMap((text) => policySchema.parse(JSON.parse(text)).Statement);
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort();
}

describe("the service's rights in AWS", function () {
  this.timeout(300_000);
  let called: string[];
  before(async () => {
    const known = await graphs();
    // What it sends itself; its own cluster's address is in its kubeconfig.
    const own = TO_CHANGE.map(({ action }) => action).filter((action) => action !== "eks:DescribeCluster");
    const updates = (["deploy", "rotate", "incident"] as const).flatMap((runbook) => actionsOfRunbook(known, runbook));
    called = [...new Set([...updates, ...own])].sort();
  });

  it("are what the updates of its runbooks call and what it sends itself, and nothing else", () => {
    assert.deepEqual(granted(textsFor(NAMES)), called);
  });

  it("hold no topic where the stack announces to none", () => {
    const silent = textsFor({ ...NAMES, "notify-topic": "" });
    assert.deepEqual(
      granted(silent),
      called.filter((action) => action !== "sns:Publish"),
    );
    assert.doesNotMatch(silent.join(), /<[a-z-]+>|:none"/);
  });

  it("read CloudWatch's metrics where a stack's are there, and nowhere else", async () => {
    const own = TO_READ_METRICS.map(({ action }) => action);
    assert.deepEqual(granted(textsFor(NAMES, [OF_CLOUDWATCH])), own);
    assert.deepEqual(
      called.filter((action) => own.includes(action)),
      [],
    );
    const names = async (settings: Readonly<Record<string, string>>) =>
      (await makeService(settings)).filter(({ type }) => type === "aws:iam/policy:Policy").map(({ name }) => name);
    const stacks = stacksSchema.parse(JSON.parse(SETTINGS.stacks));
    const measured = stacks.map((stack) => ({ ...stack, cloudWatch: stack.stage === "production" }));
    const [before, after] = [await names(SETTINGS), await names({ ...SETTINGS, stacks: JSON.stringify(measured) })];
    assert.deepEqual(
      after.filter((name) => !before.includes(name)),
      ["app-runbooks-service-production-metrics-cloudwatch"],
    );
  });

  it("name a topic by its name", () => {
    const stack = { stack: "s", stage: "staging", namespace: "n", gatewayNamespace: "g", notifyTopic: "arn:aws:sns:x" };
    const raw = {
      image: `i@sha256:${"0".repeat(64)}`,
      stacks: [stack],
      backend: "s3://b",
      onCall: "A",
      cluster: "c",
      records: "r",
    };
    assert.throws(() => parseSettings(raw), /the last part of its ARN/);
  });
});
