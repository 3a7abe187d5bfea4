import assert from "node:assert/strict";
import fc from "fast-check";
import { deploymentStatus, rolloutVerdict } from "../../sandbox/cloud/cluster/deployment-status.ts";
import { expandReferences, resolveEnvironment } from "../../sandbox/cloud/cluster/pods/environment.ts";
import { selectLines } from "../../sandbox/cloud/cluster/pods/logs.ts";
import { redact, secretForms } from "../../sandbox/cloud/cluster/pods/redact.ts";
import type { Container } from "../../sandbox/cloud/cluster/schemas/container.ts";

const facts = { name: "app-1", namespace: "web", uid: "u", labels: { tier: "front" } };
const sources = {
  configMap: (name: string) => (name === "settings" ? { LEVEL: "info", SHARED: "plain" } : undefined),
  secret: (name: string) => (name === "keys" ? { TOKEN: "s3cret", SHARED: "hidden" } : undefined),
};
const resolve = (container: Partial<Container>) =>
  resolveEnvironment({ name: "app", image: "app", ...container }, sources, facts);

describe("a container's environment", () => {
  it("comes from its sources in their order, with secrets told apart", () => {
    const found = resolve({
      envFrom: [{ configMapRef: { name: "settings" } }, { prefix: "K_", secretRef: { name: "keys" } }],
      env: [
        { name: "LEVEL", value: "debug" },
        { name: "URL", value: "http://$(LEVEL)/$(NONE)/$$(LEVEL)" },
        { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "TIER", valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
        { name: "MAYBE", valueFrom: { secretKeyRef: { name: "none", key: "X", optional: true } } },
      ],
    });
    assert.deepEqual(found, {
      outcome: "resolved",
      values: {
        LEVEL: "debug",
        SHARED: "plain",
        K_TOKEN: "s3cret",
        K_SHARED: "hidden",
        URL: "http://debug/$(NONE)/$(LEVEL)",
        POD: "app-1",
        TIER: "front",
      },
      secrets: ["s3cret", "hidden"],
    });
  });

  it("names what is missing as the kubelet does", () => {
    const problem = (container: Partial<Container>): string => {
      const found = resolve(container);
      return found.outcome === "problem" ? found.message : "";
    };
    assert.equal(problem({ envFrom: [{ configMapRef: { name: "gone" } }] }), 'configmap "gone" not found');
    assert.equal(
      problem({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "gone", key: "A" } } }] }),
      'secret "gone" not found',
    );
    assert.equal(
      problem({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "A" } } }] }),
      "couldn't find key A in secret web/keys",
    );
    assert.equal(
      problem({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.x" } } }] }),
      "fieldPath spec.x isn't supported",
    );
  });

  it("leaves a text without references as it is", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("$")),
        (text) => assert.equal(expandReferences(text, { A: "1" }), text),
      ),
    );
  });
});

describe("a message about a pod", () => {
  it("holds no secret, in none of its forms", () => {
    const forms = secretForms(["postgresql://app:p%40ssw@db:5432/x", "first-key,second-key", 'quo"ted']);
    const text = 'p%40ssw p@ssw first-key second-key quo"ted quo\\"ted postgresql://app:p%40ssw@db:5432/x';
    assert.doesNotMatch(redact(text, forms), /ssw|-key|ted/);
    assert.equal(redact("no secret here", forms), "no secret here");
  });
});

describe("a pod's log", () => {
  const text = [
    "2026-01-01T00:00:00.000Z one",
    "2026-01-01T00:00:01.000Z two words",
    "2026-01-01T00:00:02.000Z three",
    "",
  ].join("\n");

  it("answers the API's questions", () => {
    assert.equal(selectLines(text, {}), "one\ntwo words\nthree\n");
    assert.equal(selectLines(text, { tailLines: 1 }), "three\n");
    assert.equal(selectLines(text, { tailLines: 0 }), "");
    assert.equal(selectLines(text, { since: Date.parse("2026-01-01T00:00:01Z") }), "two words\nthree\n");
    assert.equal(selectLines(text, { tailLines: 1, timestamps: "shown" }), "2026-01-01T00:00:02.000Z three\n");
    assert.equal(selectLines(text, { limitBytes: 5 }), "one\nt");
    assert.equal(selectLines("", {}), "");
  });
});

describe("a Deployment's status", () => {
  const done = {
    generation: 3,
    desired: 2,
    total: 2,
    updated: 2,
    ready: 2,
    available: 2,
    maxUnavailable: 0,
    stillSince: 0,
    progressDeadlineMs: 1000,
    now: 500,
    obstacle: undefined,
  };

  it("is complete only when every pod is of the present template and available", () => {
    assert.equal(rolloutVerdict(done), "complete");
    for (const change of [{ total: 3 }, { updated: 1 }, { available: 1 }]) {
      assert.equal(rolloutVerdict({ ...done, ...change }), "progressing");
      assert.equal(rolloutVerdict({ ...done, ...change, now: 1000 }), "overdue");
    }
    assert.equal(rolloutVerdict({ ...done, now: 10_000 }), "complete");
  });

  it("leaves counts of zero out, as the API does", () => {
    const status = deploymentStatus("app", { ...done, ready: 0, available: 0, obstacle: "forbidden" });
    assert.equal("readyReplicas" in status, false);
    assert.equal(status.unavailableReplicas, 2);
    assert.match(JSON.stringify(status.conditions), /"ReplicaFailure".*"forbidden"/);
  });
});
