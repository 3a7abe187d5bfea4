import assert from "node:assert/strict";
import { annotationsOf, tagsOf } from "../../infra/program/components/ownership.ts";
import { ownership } from "../../policies/ownership.ts";
import { compliant, deployment, having, kmsKey, lacking, route, stack } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const ANNOTATIONS = ["metadata", "annotations"] as const;

describe("policy ownership", () => {
  it("looks for the annotations and tags that the program writes", async () => {
    const owner = { change: "CHG-2026-11-22-001", onCall: "ada" };
    const object = having(deployment, ["metadata", "annotations"], annotationsOf(owner));
    assert.deepEqual(await judge(ownership, object), []);
    const tagged = { type: "aws:sns/topic:Topic", name: "it", props: { tags: tagsOf(owner) } };
    assert.deepEqual(await judge(ownership, tagged), []);
    assert.equal((await judge(ownership, { ...tagged, props: { tags: {} } })).length, 2);
  });

  it("passes every compliant resource, or has no say on it", async () => {
    for (const fixture of compliant) {
      const messages = await judge(ownership, fixture);
      assert.ok(messages === "not applicable" || messages.length === 0, fixture.type);
    }
  });

  it("refuses Kubernetes objects that name no change and nobody", async () => {
    assert.deepEqual(await judge(ownership, lacking(deployment, ANNOTATIONS)), [
      'metadata.annotations["runbooks.dev/change"] is missing: set it to the change that makes it',
      'metadata.annotations["runbooks.dev/on-call"] is missing: set it to the on-call owner',
    ]);
    assert.deepEqual(await judge(ownership, having(route, [...ANNOTATIONS, "runbooks.dev/on-call"], " ")), [
      'metadata.annotations["runbooks.dev/on-call"] is " ": set it to the on-call owner',
    ]);
  });

  it("refuses AWS resources that name no change and nobody", async () => {
    assert.deepEqual(await judge(ownership, lacking(kmsKey, ["tags"])), [
      'tags["runbooks:change"] is missing: set it to the change that makes it',
      'tags["runbooks:on-call"] is missing: set it to the on-call owner',
    ]);
  });

  it("refuses an owner that no tag of AWS takes: the update would fail half-way", async () => {
    const owner = "Platform (EU), O'Brien & Söhne <x@y.z>";
    assert.deepEqual(await judge(ownership, having(kmsKey, ["tags", "runbooks:on-call"], owner)), [
      `tags["runbooks:on-call"] is ${JSON.stringify(owner)}: AWS takes no ( ) , ' & < > in a tag: write letters, digits, spaces and _ . : / = + - @ alone`,
    ]);
    assert.deepEqual(await judge(ownership, having(kmsKey, ["tags", "runbooks:on-call"], "Söhne: a/b=c+d-e@f")), []);
    const annotated = having(deployment, [...ANNOTATIONS, "runbooks.dev/on-call"], owner);
    assert.deepEqual(await judge(ownership, annotated), [], "an annotation takes any text");
  });

  it("has no say on what can't carry them", async () => {
    for (const type of [
      "aws:kms/alias:Alias",
      "aws:secretsmanager/secretVersion:SecretVersion",
      "aws:cloudwatch/dashboard:Dashboard",
      "kubernetes:helm.sh/v4:Chart",
      "kubernetes:yaml/v2:ConfigFile",
      "pulumi:providers:aws",
      "random:index/randomPassword:RandomPassword",
      "runbooks:infra:SessionStore",
      stack.type,
    ]) {
      assert.equal(await judge(ownership, { type, name: "x", props: {} }), "not applicable", type);
    }
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = lacking(having(kmsKey, ["tags", "runbooks:change"], UNKNOWN_INPUT), ["tags", "runbooks:on-call"]);
    assert.deepEqual(await judge(ownership, partly), [
      'tags["runbooks:on-call"] is missing: set it to the on-call owner',
    ]);
    assert.deepEqual(await judge(ownership, having(deployment, ["metadata"], UNKNOWN_INPUT)), []);
  });
});
