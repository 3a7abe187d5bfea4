import assert from "node:assert/strict";
import fc from "fast-check";
import type { HttpRoute, Pod } from "../../../infra/clients/kubernetes.ts";
import { judgeReadBack, type Observed, type Wanted } from "../../../infra/runner/read-back/judge.ts";
import type { Sample } from "../../../infra/runner/read-back/shares.ts";
import { RUNNING_POD } from "../../fixtures/pod.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const GENERATION = 7;

const release = (id: string, weight: number, pods: Wanted["pods"] = "ready"): Wanted => ({
  id,
  weight,
  pods,
  image: `registry.example.com/app@${DIGEST}`,
  scale: { min: 2, max: 4 },
});

const pod = (name: string, of: string, more: Partial<Pod> = {}): Pod => ({
  ...RUNNING_POD,
  name,
  release: of,
  image: `mirror.example.com/app@${DIGEST}`,
  ...more,
});

const condition = (type: string, more: { status?: string; observedGeneration?: number | null } = {}) => ({
  type,
  status: "True",
  reason: type,
  message: "",
  observedGeneration: GENERATION,
  ...more,
});

const route = (weights: Record<string, number>, more: Partial<HttpRoute> = {}): HttpRoute => ({
  generation: GENERATION,
  parents: [
    { gateway: "public", listener: "production", conditions: [condition("Accepted"), condition("ResolvedRefs")] },
  ],
  rules: [
    { release: "r1", header: "r1", backends: [{ service: "app-r1", weight: 1 }] },
    {
      release: null,
      header: null,
      backends: Object.entries(weights).map(([id, weight]) => ({ service: `app-${id}`, weight })),
    },
  ],
  ...more,
});

const WANTED = [release("r1", 75), release("r2", 25)];
const PODS = [pod("a", "r1"), pod("b", "r1"), pod("c", "r2"), pod("d", "r2")];

function served(by: string): Sample {
  return { releases: { [by]: 5 }, unlabelled: 0, failed: 0 };
}

const good: Observed = {
  route: route({ r1: 75, r2: 25 }),
  pods: PODS,
  named: { r1: served("r1"), r2: served("r2") },
  sample: { releases: { r1: 150, r2: 50 }, unlabelled: 0, failed: 0 },
};

function parentsWith(...conditions: ReturnType<typeof condition>[]): Pick<HttpRoute, "parents"> {
  return { parents: [{ gateway: "public", listener: null, conditions }] };
}

describe("the judgement of what was read back", () => {
  it("passes where the route, the pods and the answers agree", () => {
    assert.equal(judgeReadBack("app", WANTED, good).answer, "pass");
  });

  const contradictions: [string, Partial<Observed>, RegExp][] = [
    ["there is no route", { route: null }, /doesn't exist/],
    [
      "no Gateway has taken the route",
      { route: route({ r1: 75, r2: 25 }, { parents: [] }) },
      /no Gateway has accepted/,
    ],
    [
      "the Gateway refuses the route",
      {
        route: route(
          { r1: 75, r2: 25 },
          parentsWith(condition("Accepted"), condition("ResolvedRefs", { status: "False" })),
        ),
      },
      /says ResolvedRefs False/,
    ],
    [
      "the Gateway says nothing of the references",
      { route: route({ r1: 75, r2: 25 }, parentsWith(condition("Accepted"))) },
      /doesn't say ResolvedRefs/,
    ],
    [
      "the Gateway has seen an older generation",
      {
        route: route(
          { r1: 75, r2: 25 },
          parentsWith(condition("Accepted", { observedGeneration: 6 }), condition("ResolvedRefs")),
        ),
      },
      /has seen generation 6 of the route, not 7/,
    ],
    ["the weights are others", { route: route({ r1: 95, r2: 5 }) }, /gives app-r1 95 %, not 75 %/],
    ["a release is missing in the route", { route: route({ r1: 75 }) }, /gives app-r2 0 %, not 25 %/],
    [
      "the route names a stranger",
      { route: route({ r1: 75, r2: 25, r9: 5 }) },
      /app-r9 5 %, which is not a release of the stack/,
    ],
    ["the route has no plain rule", { route: route({}, { rules: [] }) }, /no rule for plain requests/],
    [
      "a pod runs another image",
      { pods: [...PODS, pod("e", "r2", { image: `app@${OTHER}` })] },
      /pod e runs app@sha256:bbb/,
    ],
    [
      "too few pods are ready",
      { pods: PODS.with(3, pod("d", "r2", { ready: false, reasons: ["CrashLoopBackOff"] })) },
      /1 of at least 2 pods of r2 are ready \(CrashLoopBackOff\)/,
    ],
    ["a pod is leaving", { pods: PODS.with(0, pod("a", "r1", { leaving: true })) }, /1 of at least 2 pods of r1/],
    [
      "the shares are others",
      { sample: { releases: { r1: 200 }, unlabelled: 0, failed: 0 } },
      /r2 answers 0 of 200 requests, which doesn't fit its weight of 25 %/,
    ],
    [
      "another release answers where one is named: the Gateway isn't settled",
      { named: { r1: served("r1"), r2: served("r1") }, sample: null },
      /requests that name r2 are still answered by r1/,
    ],
    [
      "nobody says who answers where a release is named that has to be ready",
      { named: { r1: served("r1"), r2: { releases: { r2: 4 }, unlabelled: 0, failed: 1 } } },
      /1 requests that name r2 got no answer that says who gave it/,
    ],
    ["no sample was taken", { sample: null }, /no requests were sampled/],
    [
      "a request was not answered",
      { sample: { releases: { r1: 150, r2: 49 }, unlabelled: 0, failed: 1 } },
      /1 requests of the sample were not answered/,
    ],
  ];
  for (const [name, change, pattern] of contradictions) {
    it(`fails where ${name}`, () => {
      const { answer, summary } = judgeReadBack("app", WANTED, { ...good, ...change });
      assert.equal(answer, "fail");
      assert.match(summary, pattern);
    });
  }

  it("asks nothing of the pods of a release that needn't be ready, and may do without it in the route", () => {
    const wanted = [release("r1", 100), release("r2", 0, "any")];
    const pods = [pod("a", "r1"), pod("b", "r1"), pod("c", "r2", { ready: false })];
    const sample = { releases: { r1: 200 }, unlabelled: 0, failed: 0 };
    const named = { r1: served("r1"), r2: { releases: {}, unlabelled: 5, failed: 0 } };
    assert.equal(judgeReadBack("app", wanted, { route: route({ r1: 100 }), pods, named, sample }).answer, "pass");
    const warm = [release("r1", 100), release("r2", 0)];
    assert.equal(judgeReadBack("app", warm, { route: route({ r1: 100 }), pods, named, sample }).answer, "fail");
  });

  it("fails whatever one weight the route has wrong", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (asked, found) => {
        const wanted = [release("r1", 100 - asked, "any"), release("r2", asked, "any")];
        const observed = { ...good, route: route({ r1: 100 - found, r2: found }) };
        const { summary } = judgeReadBack("app", wanted, observed);
        assert.equal(summary.includes("the route gives"), asked !== found);
      }),
    );
  });
});
