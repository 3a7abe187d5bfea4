import assert from "node:assert/strict";
import fc from "fast-check";
import { backendsAreWell, diagnose } from "../../../infra/runbooks/incident/diagnose.ts";
import { STATES, trouble, UNTRIED, well } from "../../../infra/runbooks/incident/facts.ts";
import { CASES, failingPod, pod, wellFacts } from "./facts.ts";

const anyProbe = fc.constantFrom(...STATES).map((state) => (state === "untried" ? UNTRIED : trouble(state, "word", 5)));
const told = fc
  .constantFrom(...STATES.filter((state) => state !== "untried"))
  .map((state) => trouble(state, "word", 5));
const anyPod = fc
  .record({
    name: fc.stringMatching(/^[a-z]{3,8}$/),
    ready: fc.boolean(),
    leaving: fc.boolean(),
    health: told,
    readiness: anyProbe,
  })
  .chain((base) =>
    fc
      .option(fc.dictionary(fc.constantFrom("database", "redis", "supabase", "afm"), told), { nil: null })
      .map((checks) => ({ ...base, checks, release: "r000000001" })),
  );
const anyFacts = fc.record({
  gateway: anyProbe,
  pods: fc.array(anyPod, { maxLength: 4 }),
  desired: fc.option(fc.nat(5), { nil: null }),
  redis: fc.record({
    connection: anyProbe,
    login: anyProbe,
    write: anyProbe,
    usedMemoryPercent: fc.option(fc.nat(100), { nil: null }),
    role: fc.constantFrom("primary" as const, "replica" as const, null),
    sessions: fc.option(fc.nat(), { nil: null }),
  }),
  postgres: fc.record({ connection: anyProbe, login: anyProbe, write: anyProbe }),
  supabase: fc.record({
    reachable: anyProbe,
    auth: anyProbe,
    rest: anyProbe,
    stackKey: fc.constantFrom("the same" as const, "accepted" as const, "refused" as const, "unknown" as const),
  }),
});

describe("the diagnosis of an incident", () => {
  for (const { name, facts, kind, suspect, cause } of CASES) {
    it(`names ${name} and no other cause`, () => {
      const verdict = diagnose(facts);
      assert.deepEqual([verdict.kind, verdict.suspect, verdict.cause], [kind, suspect, cause]);
      assert.deepEqual(verdict.also, []);
      assert.ok(verdict.evidence.length > 0 || cause === "no pods", "a verdict comes with its evidence");
    });
  }

  it("finds nothing where everything is well", () => {
    assert.equal(diagnose(wellFacts()).kind, "none");
    assert.ok(backendsAreWell(wellFacts()));
  });

  it("believes the pods where the runner can't reach what they reach", () => {
    const far = { connection: trouble("unreachable", "ETIMEDOUT"), login: UNTRIED, write: UNTRIED };
    const facts = wellFacts({ redis: { ...wellFacts().redis, ...far } });
    assert.equal(diagnose(facts).kind, "none");
    const refused = trouble("unauthorized", "WRONGPASS");
    const pods = [failingPod("app-1", { redis: refused }), failingPod("app-2", { redis: refused })];
    assert.equal(diagnose({ ...facts, pods }).kind, "credential");
    assert.ok(!backendsAreWell({ ...facts, pods }));
  });

  it("doesn't blame a backend for the runner's own slow way to it", () => {
    const facts = wellFacts({ postgres: { connection: trouble("slow", "", 1_400), login: well(1), write: well(1) } });
    assert.equal(diagnose(facts).kind, "none");
  });

  it("leaves a pod out that is on its way out", () => {
    const facts = wellFacts({ pods: [pod("app-1"), pod("app-2", { ready: false, leaving: true })] });
    assert.equal(diagnose(facts).kind, "none");
  });

  it("names pods that are missing, once they have had their time", () => {
    const facts = wellFacts({ pods: [pod("app-1")] });
    assert.equal(diagnose(facts).kind, "none");
    const { kind, cause, evidence } = diagnose(facts, 1);
    assert.deepEqual([kind, cause, evidence], ["application", "some pods fail", ["pods that are missing: 1 of 2"]]);
    assert.equal(diagnose(wellFacts({ pods: [] })).cause, "no pods");
  });

  it("never throws, gives evidence of every fault, and finds a fault wherever a backend is ill", () => {
    fc.assert(
      fc.property(anyFacts, fc.nat(2), (facts, overdue) => {
        const verdict = diagnose(facts, overdue);
        const ill = !backendsAreWell(facts);
        if (verdict.kind === "none") assert.ok(!ill, "an ill backend is a fault");
        if (verdict.kind !== "none" && verdict.cause !== "no pods") assert.ok(verdict.evidence.length > 0);
        const suspects = [verdict.suspect, ...verdict.also.map(({ suspect }) => suspect)];
        assert.equal(new Set(suspects).size, suspects.length, "nobody is suspected twice");
      }),
    );
  });

  it("says the same whatever the order of the pods", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const turned = { ...facts, pods: facts.pods.toReversed() };
        const pick = ({ kind, suspect }: ReturnType<typeof diagnose>) => [kind, suspect];
        if (verdictsDependOnPods(facts)) return;
        assert.deepEqual(pick(diagnose(turned)), pick(diagnose(facts)));
      }),
    );
  });
});

/** Where pods disagree about how a dependency fails, the first one is quoted. */
function verdictsDependOnPods({
  pods,
}: {
  pods: readonly { checks: Record<string, { state: string }> | null }[];
}): boolean {
  const states = (name: string) => new Set(pods.flatMap(({ checks }) => checks?.[name]?.state ?? []));
  return ["database", "redis", "supabase", "afm"].some((name) => states(name).size > 1);
}
