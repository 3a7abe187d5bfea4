import assert from "node:assert/strict";
import fc from "fast-check";
import { routeRules, Traffic } from "../../../infra/components/traffic.ts";
import { startWorld } from "../fixtures/world.ts";

const releases = [
  { id: "r111111111", weight: 95 },
  { id: "r222222222", weight: 5 },
];

const answeredBy = (value: string) => [
  { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-runbooks-release", value }] } },
];
const backend = (id: string, weight: number) => ({
  group: "",
  kind: "Service",
  name: `app-${id}`,
  port: 80,
  weight,
  filters: answeredBy(id),
});

describe("the traffic", () => {
  it("is one HTTPRoute on the stage's listener of the Gateway", async () => {
    const world = await startWorld();
    const args = {
      application: "app",
      namespace: "app-staging",
      gateway: { name: "public", namespace: "gateway-system", hostname: "staging.app.example.com" },
      stage: "staging",
      releases,
      owner: { change: "CHG-2026-11-22-001", onCall: "Ada" },
    } as const;
    await world.settle(new Traffic("app", args, world.watched));
    assert.deepEqual(world.inputs("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "app"), {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: {
        name: "app",
        namespace: "app-staging",
        annotations: { "runbooks.dev/change": "CHG-2026-11-22-001", "runbooks.dev/on-call": "Ada" },
      },
      spec: {
        parentRefs: [
          {
            group: "gateway.networking.k8s.io",
            kind: "Gateway",
            name: "public",
            namespace: "gateway-system",
            sectionName: "staging",
          },
        ],
        hostnames: ["staging.app.example.com"],
        rules: [
          {
            matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value: "r111111111" }] }],
            backendRefs: [backend("r111111111", 1)],
          },
          {
            matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value: "r222222222" }] }],
            backendRefs: [backend("r222222222", 1)],
          },
          { backendRefs: [backend("r111111111", 95), backend("r222222222", 5)] },
        ],
      },
    });
  });

  it("reaches every release by its header and shares out exactly the weights, those at 0 too", () => {
    const weights = fc.uniqueArray(
      fc.record({ id: fc.stringMatching(/^r[0-9a-f]{9}$/), weight: fc.integer({ min: 0, max: 100 }) }),
      {
        selector: ({ id }) => id,
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(weights, (given) => {
        const rules = routeRules({ application: "app", releases: given });
        assert.deepEqual(
          rules.at(-1)?.backendRefs.map(({ name, weight }) => [name, weight]),
          given.map(({ id, weight }) => [`app-${id}`, weight]),
        );
        assert.deepEqual(
          rules.slice(0, -1).flatMap(({ backendRefs }) => backendRefs.map(({ name }) => name)),
          given.map(({ id }) => `app-${id}`),
        );
      }),
    );
  });
});
