import assert from "node:assert/strict";
import fc from "fast-check";
import { boundedReplicas } from "../../sandbox/cloud/cluster/autoscaler.ts";
import { checkObject } from "../../sandbox/cloud/cluster/check.ts";
import { diffInputs } from "../../sandbox/cloud/cluster/diff.ts";
import { kindOfToken } from "../../sandbox/cloud/cluster/kinds.ts";
import { normalised } from "../../sandbox/cloud/cluster/normalise.ts";
import { planRollout, type RolloutPod, rolloutBounds } from "../../sandbox/cloud/cluster/rollout.ts";
import { matchesSelector, parseLabelSelector } from "../../sandbox/cloud/cluster/selectors.ts";
import type { Props } from "../../sandbox/cloud/handler.ts";
import { UNKNOWN } from "../../sandbox/cloud/wire.ts";

const deployment = (spec: Props = {}, container: Props = {}): Props => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "app", namespace: "web" },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a" } },
      spec: { containers: [{ name: "app", image: "app@sha256:0", ...container }] },
    },
    ...spec,
  },
});
const reasons = (inputs: Props): string[] => checkObject("Deployment", inputs).map(({ reason }) => reason);

describe("the inputs of an object", () => {
  it("are taken where every field is right", () => {
    assert.deepEqual(reasons(deployment()), []);
  });

  it("are refused with the path of every problem", () => {
    const found = reasons(
      deployment({ replicas: "two", replica: 2 }, { readinesProbe: {}, ports: [{ containerPort: 0 }] }),
    );
    assert.equal(found.length, 4);
    assert.match(found.join("\n"), /spec\.replicas: /);
    assert.match(found.join("\n"), /spec\.replica is a field that the sandbox's cluster doesn't know/);
    assert.match(found.join("\n"), /spec\.template\.spec\.containers\[0\]\.readinesProbe is a field/);
    assert.match(found.join("\n"), /spec\.template\.spec\.containers\[0\]\.ports\[0\]\.containerPort: /);
  });

  it("are refused where the API server refuses a combination", () => {
    assert.match(
      reasons(deployment({ selector: { matchLabels: { app: "b" } } })).join(),
      /the selector doesn't match the template's labels/,
    );
    assert.match(reasons({ ...deployment(), metadata: {} }).join(), /metadata\.name: is missing/);
  });

  it("are taken where a value isn't known yet, wherever it stands", () => {
    const paths = ["replicas", "selector", "template", "strategy", "progressDeadlineSeconds"];
    fc.assert(
      fc.property(fc.subarray(paths), (unknown) => {
        assert.deepEqual(reasons(deployment(Object.fromEntries(unknown.map((path) => [path, UNKNOWN])))), []);
      }),
    );
    assert.deepEqual(
      reasons(deployment({}, { image: UNKNOWN, env: [{ name: "A", value: UNKNOWN }], resources: UNKNOWN })),
      [],
    );
    assert.deepEqual(reasons(deployment({ template: { metadata: { labels: { app: UNKNOWN } }, spec: UNKNOWN } })), []);
    assert.equal(reasons(deployment({ replicas: UNKNOWN, wrong: UNKNOWN })).length, 1);
  });

  it("name no kind that the sandbox doesn't have", () => {
    assert.equal(kindOfToken("kubernetes:apps/v1:Deployment"), "Deployment");
    assert.equal(kindOfToken("kubernetes:core/v1:Secret"), "Secret");
    assert.equal(kindOfToken("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"), "HTTPRoute");
    assert.equal(kindOfToken("kubernetes:apps/v1:StatefulSet"), undefined);
  });
});

describe("the inputs that the provider keeps", () => {
  const secret = (fields: Props): Props => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, ...fields });

  it("have a Secret's texts encoded in its data, which they overwrite", () => {
    const given = secret({ stringData: { a: "one", b: "two" }, data: { b: "b2xk", c: "Yw==" } });
    assert.deepEqual(normalised("Secret", given), secret({ data: { a: "b25l", b: "dHdv", c: "Yw==" } }));
  });

  it("are those that were given where a value isn't known yet, where there are no texts, and for every other kind", () => {
    for (const given of [
      secret({ stringData: { a: UNKNOWN } }),
      secret({ data: { a: "b25l" } }),
      secret({ stringData: {} }),
    ]) {
      assert.deepEqual(normalised("Secret", given), given);
    }
    const map = { ...secret({ data: { stringData: "x" } }), kind: "ConfigMap" };
    assert.deepEqual(normalised("ConfigMap", map), map);
  });
});

describe("the difference of an object's inputs", () => {
  const secret = (data: Props, immutable: boolean): Props => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    data,
    immutable,
  });

  it("is none where only the order of keys differs", () => {
    const { apiVersion, kind, metadata, spec } = deployment();
    assert.deepEqual(
      diffInputs("Deployment", deployment(), {
        spec: spec ?? null,
        metadata: metadata ?? null,
        kind: kind ?? null,
        apiVersion: apiVersion ?? null,
      }),
      {
        changes: "none",
        replaces: [],
      },
    );
  });

  it("is a replacement where a sealed object, a selector, a Job's template or a name changes", () => {
    assert.deepEqual(diffInputs("Secret", secret({ a: "MQ==" }, true), secret({ a: "Mg==" }, true)), {
      changes: "some",
      replaces: ["data"],
      deleteBeforeReplace: true,
    });
    // Sealed or not: the provider replaces a Secret whose data changes, unless it is told otherwise.
    assert.deepEqual(diffInputs("Secret", secret({ a: "MQ==" }, false), secret({ a: "Mg==" }, true)).replaces, [
      "data",
    ]);
    const sealed = diffInputs("Secret", secret({ a: "MQ==" }, false), secret({ a: "MQ==" }, true));
    assert.deepEqual(sealed, { changes: "some", replaces: [] });
    const other = deployment({ selector: { matchLabels: { app: "b" } } });
    assert.deepEqual(diffInputs("Deployment", deployment(), other).replaces, ["spec.selector"]);
    assert.deepEqual(diffInputs("Deployment", deployment(), deployment({ replicas: 3 })), {
      changes: "some",
      replaces: [],
    });
    const renamed = diffInputs("Deployment", deployment(), {
      ...deployment(),
      metadata: { name: "new", namespace: "web" },
    });
    assert.deepEqual(renamed, { changes: "some", replaces: ["metadata.name"] });
  });
});

describe("a rollout", () => {
  const podsOf = (current: readonly RolloutPod["state"][], old: readonly RolloutPod["state"][]): RolloutPod[] => [
    ...current.map(
      (state, index): RolloutPod => ({ name: `c${index}`, template: "current", state, createdAt: 100 + index }),
    ),
    ...old.map((state, index): RolloutPod => ({ name: `o${index}`, template: "old", state, createdAt: index })),
  ];
  const states = fc.array(fc.constantFrom<RolloutPod["state"]>("available", "unavailable"), { maxLength: 6 });

  it("never has more pods than the surge allows, nor takes available ones away below the minimum", () => {
    const counts = fc.record({
      desired: fc.integer({ min: 1, max: 6 }),
      maxSurge: fc.integer({ min: 0, max: 3 }),
      maxUnavailable: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(counts, states, states, (bounds, current, old) => {
        const pods = podsOf(current, old);
        const step = planRollout({ ...bounds, strategy: "RollingUpdate", pods, leaving: 0 });
        const left = pods.filter((pod) => !step.remove.includes(pod.name));
        if (step.create > 0) assert.ok(pods.length + step.create <= bounds.desired + bounds.maxSurge);
        const surplus = current.length > bounds.desired;
        const before = pods.filter((pod) => pod.state === "available").length;
        const after = left.filter((pod) => pod.state === "available").length;
        if (!surplus && after < before) assert.ok(after >= bounds.desired - bounds.maxUnavailable);
      }),
    );
  });

  it("always ends with the wanted pods of the present template", () => {
    fc.assert(
      fc.property(
        states,
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom("RollingUpdate" as const, "Recreate" as const),
        (old, desired, strategy) => {
          let pods = podsOf([], old);
          for (let round = 0; round < 40; round += 1) {
            const step = planRollout({ strategy, desired, ...rolloutBounds(undefined, desired), pods, leaving: 0 });
            const kept = pods
              .filter((pod) => !step.remove.includes(pod.name))
              .map((pod): RolloutPod => (pod.template === "current" ? { ...pod, state: "available" } : pod));
            const made = Array.from(
              { length: step.create },
              (_, index): RolloutPod => ({
                name: `n${round}-${index}`,
                template: "current",
                state: "unavailable",
                createdAt: 1000 + round,
              }),
            );
            pods = [...kept, ...made];
          }
          assert.equal(pods.length, desired);
          assert.ok(pods.every((pod) => pod.template === "current" && pod.state === "available"));
        },
      ),
    );
  });

  it("waits with Recreate until the old pods have left", () => {
    const input = { strategy: "Recreate", desired: 2, maxSurge: 0, maxUnavailable: 1, pods: [] } as const;
    assert.equal(planRollout({ ...input, leaving: 1 }).create, 0);
    assert.equal(planRollout({ ...input, leaving: 0 }).create, 2);
  });

  it("reads percentages as Kubernetes does", () => {
    assert.deepEqual(rolloutBounds(undefined, 3), { maxSurge: 1, maxUnavailable: 0 });
    assert.deepEqual(rolloutBounds({ maxSurge: 0, maxUnavailable: "10%" }, 3), { maxSurge: 0, maxUnavailable: 1 });
  });
});

describe("a label selector", () => {
  it("reads what the API's clients write", () => {
    const labels = { app: "web", "runbooks.dev/release": "r1" };
    const matches = (text: string): boolean => matchesSelector(parseLabelSelector(text), labels);
    for (const text of [
      "",
      "app=web",
      "app==web,runbooks.dev/release in (r1, r2)",
      "app!=api",
      "app",
      "!gone",
      "app notin (a,b)",
    ]) {
      assert.ok(matches(text), text);
    }
    for (const text of ["app=api", "app in (a,b)", "!app", "gone", "app!=web"]) assert.ok(!matches(text), text);
    assert.throws(() => parseLabelSelector("a b"), /unable to parse requirement: "a b"/);
  });
});

describe("an autoscaler's bounds", () => {
  it("hold the replicas, but leave a Deployment that was scaled to 0 alone", () => {
    assert.deepEqual(
      [0, 1, 3, 9].map((replicas) => boundedReplicas(replicas, { min: 2, max: 5 })),
      [0, 2, 3, 5],
    );
  });
});
