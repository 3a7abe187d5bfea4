import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { badInput } from "../../infra/errors.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { SECRET_FUNCTIONS } from "../../verification/aws/calls/secrets-manager.ts";
import { actionsOf } from "../../verification/iam/actions.ts";
import { actionsOfLife, actionsOfRunbook, documentsOf, type Graphs } from "../../verification/iam/documents.ts";
import { filled, PLACEHOLDERS } from "../../verification/iam/fill.ts";
import { allowedBy, type Policy, policyOf } from "../../verification/iam/policy.ts";
import { graphs } from "../../verification/iam/program.ts";
import { SDK_COMMANDS, TO_CHANGE } from "../../verification/iam/runner.ts";

const FOLDER = join(ROOT, "docs/iam");
/** IAM quotas: characters of a managed policy, blanks not counted. */
const LONGEST_POLICY = 6_144;

const isPolicy = (document: object): document is Policy => JSON.stringify(document).includes('"Resource"');
const sorted = (actions: Iterable<string>): string[] => [...new Set(actions)].sort();

describe("docs/iam", function () {
  this.timeout(300_000);
  let known: Graphs;
  let documents: ReturnType<typeof documentsOf>;
  const policy = (name: string): Policy => {
    const document = documents[name];
    assert.ok(document !== undefined && isPolicy(document), name);
    return document;
  };

  before(async () => {
    known = await graphs();
    documents = documentsOf(known);
  });

  it("is as `npm run iam` would write it", () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), Object.keys(documents).sort());
    for (const [name, document] of Object.entries(documents)) {
      const text = readFileSync(join(FOLDER, name), "utf8");
      assert.equal(text, `${JSON.stringify(document, null, 2)}\n`, `${name} is stale: npm run iam`);
    }
  });

  it("allows pulumi up what the program's resources call over their life, and nothing that nothing calls", () => {
    const called = actionsOfLife(known.whole);
    const allowed = sorted([...allowedBy(policy("pulumi-up.json")), ...allowedBy(policy("pulumi-up-stores.json"))]);
    const ofRunner = TO_CHANGE.map(({ action }) => action);
    assert.deepEqual(allowed, sorted([...called, ...ofRunner]));
    for (const needed of [
      "kms:GenerateDataKey",
      "kms:Decrypt",
      "kms:CreateGrant",
      "kms:PutKeyPolicy",
      "secretsmanager:UpdateSecretVersionStage",
      "secretsmanager:ListSecretVersionIds",
      "iam:CreateServiceLinkedRole",
    ])
      assert.ok(allowed.includes(needed), needed);
  });

  it("allows each runbook what its updates call and the runner sends, and nothing else", () => {
    for (const runbook of ["deploy", "rotate", "incident"] as const) {
      const expected = [...actionsOfRunbook(known, runbook), ...TO_CHANGE.map(({ action }) => action)];
      assert.deepEqual(sorted(allowedBy(policy(`runner-${runbook}.json`))), sorted(expected), runbook);
    }
    const deploy = allowedBy(policy("runner-deploy.json"));
    for (const action of deploy) assert.doesNotMatch(action, /^(elasticache|ec2|iam|cloudwatch|logs):/);
    const rotate = allowedBy(policy("runner-rotate.json"));
    for (const action of ["secretsmanager:PutSecretValue", "secretsmanager:TagResource", "elasticache:ModifyUser"])
      assert.ok(rotate.has(action), action);
    assert.ok(![...rotate].some((action) => /:(Create|Delete)(Secret|User|Bucket|Key)$/.test(action)));
    assert.ok(allowedBy(policy("runner-incident.json")).has("cloudwatch:PutMetricAlarm"));
  });

  it("lets whoever only looks change nothing", () => {
    for (const action of allowedBy(policy("runner-look.json")))
      assert.match(action, /:(Get|List|Describe|Head|Filter)|^kms:Decrypt$/);
  });

  it("knows every call that the runner makes itself: of the SDK, and of the program's look-ups", () => {
    const sources = globSync("infra/**/*.ts", { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), "utf8"));
    const commands = sources.flatMap((text) =>
      text.includes("@aws-sdk/") ? (text.match(/\b[A-Z]\w+Command\b(?=\()/g) ?? []) : [],
    );
    assert.deepEqual(sorted(commands), sorted(Object.keys(SDK_COMMANDS)));
    const functions = sources.flatMap((text) =>
      [...text.matchAll(/@pulumi\/aws\/([a-z0-9]+)\/(get[A-Za-z]+)\.js/g)].map(
        ([, of, name]) => `aws:${of}/${name}:${name}`,
      ),
    );
    assert.deepEqual(sorted(functions), sorted(Object.keys(SECRET_FUNCTIONS)));
    const metrics = sources.flatMap((text) =>
      [...text.matchAll(/"GraniteServiceVersion20100801\.(\w+)"/g)].map(([, operation]) => `cloudwatch:${operation}`),
    );
    assert.deepEqual(sorted(allowedBy(policy("metrics-cloudwatch.json"))), sorted(metrics));
  });

  it("names resources or has a condition wherever IAM can", () => {
    for (const document of Object.values(documents).filter(isPolicy)) {
      for (const { Action, Resource, Condition } of document.Statement) {
        if (!Resource.includes("*") || Condition !== undefined) continue;
        for (const action of Action)
          assert.match(
            action,
            /:(Describe|List)|^sts:GetCallerIdentity$|^cloudwatch:GetMetricData$|^sns:(GetSubscriptionAttributes|Unsubscribe)$/,
          );
      }
    }
  });

  it("fits into managed policies, with Sids of their own", () => {
    for (const [name, document] of Object.entries(documents)) {
      const characters = JSON.stringify(document).replace(/\s/g, "").length;
      assert.ok(characters <= LONGEST_POLICY, `${name} has ${characters} characters`);
      const sids = document.Statement.map(({ Sid }) => Sid);
      assert.equal(new Set(sids).size, sids.length, name);
      for (const sid of sids) assert.match(sid, /^[A-Za-z0-9]+$/);
    }
  });

  it("trusts the environments of one stage in one repository", () => {
    const text = JSON.stringify(documents["ci-trust.json"]);
    assert.match(
      text,
      /"token\.actions\.githubusercontent\.com:sub":\["repo:<repository>:environment:<stage>","repo:<repository>:environment:resume-<stage>"\]/,
    );
    assert.match(text, /"token\.actions\.githubusercontent\.com:aud":"sts\.amazonaws\.com"/);
    const workflows = ["deploy", "operate", "preview", "resume"].map((name) =>
      readFileSync(join(ROOT, `.github/workflows/${name}.yml`), "utf8"),
    );
    for (const workflow of workflows) assert.match(workflow, /^ +environment: (preview-|resume-)?(staging|\$\{\{)/m);
  });

  it("is filled in with an account's own names, and says which are missing", () => {
    const values = new Map(PLACEHOLDERS.map((name) => [name, name.toUpperCase()]));
    for (const document of Object.values(documents))
      assert.doesNotMatch(filled(JSON.stringify(document), values), /<[a-z-]+>/);
    assert.throws(
      () => filled("<region> <account>", new Map([["region", "eu-west-1"]])),
      badInput("--set: account=... is missing"),
    );
  });
});

describe("the rights of a call", () => {
  it("bear the names that S3 gives them, and what a call needs besides", () => {
    const of = (service: "s3" | "secretsmanager" | "sns", operation: string, params = {}) =>
      actionsOf({ service, operation, params });
    assert.deepEqual(of("s3", "HeadBucket"), ["s3:ListBucket"]);
    assert.deepEqual(of("s3", "PutBucketVersioning"), ["s3:PutBucketVersioning"]);
    assert.deepEqual(of("secretsmanager", "GetSecretValue"), ["secretsmanager:GetSecretValue", "kms:Decrypt"]);
    assert.deepEqual(of("sns", "CreateTopic", { Tags: [] }), ["sns:CreateTopic", "sns:TagResource"]);
  });

  it("have to have a place", () => {
    const names = { stack: "app-staging", secrets: [], bucket: "records", logGroup: "group" };
    assert.throws(() => policyOf(["rds:CreateDBInstance"], names), /knows no place for rds:CreateDBInstance/);
  });
});
