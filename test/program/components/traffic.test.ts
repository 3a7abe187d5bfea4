import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { z } from "zod";
import { headersIn, keyedHeader, releaseIn } from "../../../infra/domain/release-header.ts";
import { keyedRules, plainRules, Traffic } from "../../../infra/program/components/traffic.ts";
import { inClear, resolved, revealed, startWorld } from "../../../verification/mocks/world.ts";

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

const args = {
  application: "app",
  namespace: "app-staging",
  gateway: { name: "public", namespace: "gateway-system", hostname: "staging.app.example.com" },
  stage: "staging",
  releases,
  owner: { change: "CHG-2026-11-22-001", onCall: "Ada" },
} as const;
const KEY = "the-stacks-own-secret";

const routeSchema = z.object({ spec: z.object({ rules: z.array(z.unknown()) }) });

describe("the traffic", () => {
  it("is one HTTPRoute on the stage's listener of the Gateway", async () => {
    const world = await startWorld();
    await world.settle(new Traffic("app", { ...args, key: null }, world.watched));
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

  it("takes only values that the key makes, hides them from the pods, and names the release to who holds one alone", async () => {
    const world = await startWorld();
    await world.settle(new Traffic("app", { ...args, key: pulumi.secret(KEY) }, world.watched));
    const route = world.inputs("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "app");
    const by = (value: string) => ({
      matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value }] }],
      filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-runbooks-release"] } }],
    });
    const unnamed = ({ filters: _, ...rest }: ReturnType<typeof backend>) => rest;
    assert.deepEqual(routeSchema.parse(revealed(route)).spec.rules, [
      { ...by(keyedHeader("r111111111", KEY)), backendRefs: [backend("r111111111", 1)] },
      { ...by(keyedHeader("r222222222", KEY)), backendRefs: [backend("r222222222", 1)] },
      { ...by(keyedHeader(null, KEY)), backendRefs: [backend("r111111111", 95), backend("r222222222", 5)] },
      { backendRefs: [unnamed(backend("r111111111", 95)), unnamed(backend("r222222222", 5))] },
    ]);
    assert.doesNotMatch(JSON.stringify(inClear(route)), /[0-9a-f]{64}/);
  });

  it("keeps its weights where a preview doesn't know the key yet: the values alone are secret", async () => {
    for (const rule of keyedRules(args, pulumi.secret(KEY))) {
      assert.ok(rule.backendRefs.every(({ weight }) => typeof weight === "number"));
      const matches = "matches" in rule ? rule.matches : [];
      for (const { value } of matches.flatMap(({ headers }) => headers)) {
        assert.equal(await pulumi.isSecret(pulumi.output(value)), true);
      }
    }
  });

  it("makes values that say what they ask for, and that nobody makes for another release or with another key", () => {
    const id = fc.stringMatching(/^r[0-9a-f]{9}$/);
    fc.assert(
      fc.property(id, id, fc.string(), fc.string(), (one, other, key, guess) => {
        const value = keyedHeader(one, key);
        assert.deepEqual([releaseIn(value), releaseIn(one), releaseIn(keyedHeader(null, key))], [one, one, null]);
        assert.match(value, /^r[0-9a-f]{9}\.[0-9a-f]{64}$/);
        assert.equal(value === keyedHeader(one, guess), key === guess);
        const proof = value.slice(one.length);
        assert.equal(`${other}${proof}` === keyedHeader(other, key), one === other);
      }),
    );
  });

  it("is read back with the values that it was written with, with a key and without", async () => {
    const read = async (rules: readonly object[]) => {
      const written = z
        .array(
          z.object({ matches: z.array(z.object({ headers: z.array(z.object({ value: z.string() })) })).default([]) }),
        )
        .parse(await resolved(pulumi.output(rules)));
      const values = written.map(({ matches }) => matches[0]?.headers[0]?.value ?? null);
      return headersIn(values.map((header) => ({ header, release: header === null ? null : releaseIn(header) })));
    };
    const ids = releases.map(({ id }) => id);
    assert.deepEqual(await read(plainRules(args)), { values: new Map(ids.map((id) => [id, id])), byWeight: null });
    assert.deepEqual(await read(keyedRules(args, KEY)), {
      values: new Map(ids.map((id) => [id, keyedHeader(id, KEY)])),
      byWeight: keyedHeader(null, KEY),
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
        const rules = plainRules({ application: "app", releases: given });
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
