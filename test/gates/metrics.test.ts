import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../infra/domain/json.ts";
import {
  type Asked,
  type Figures,
  judgedValue,
  judgeMetrics,
  metricLimits,
  metrics,
} from "../../infra/gates/metrics.ts";
import type { OwnMetric } from "../../infra/metrics/own/metric.ts";
import { CANARY, contextFor, STABLE } from "./observe.ts";

const MINUTE = 60_000;

function metric(parts: Partial<OwnMetric>, ask: OwnMetric["ask"]): OwnMetric {
  return { name: "orders", compare: "limit", query: "orders {{release}}", max: 5, min: null, for: 0, ask, ...parts };
}

/** The verdicts of looks a minute apart, the memory written as JSON in between. */
async function looks(all: readonly OwnMetric[], times = 1, gate = metrics, stable: string | null = STABLE) {
  const verdicts = [];
  let memory: Json = null;
  for (let turn = 0; turn < times; turn += 1) {
    const context = contextFor({ url: "http://127.0.0.1:1", stable, memory });
    const seen = await gate.observe({ ...context, ownMetrics: all, now: context.now + turn * MINUTE });
    memory = JSON.parse(JSON.stringify(seen.memory));
    verdicts.push(seen.verdict);
  }
  return verdicts;
}

const one = async (all: readonly OwnMetric[], stable: string | null = STABLE) => {
  const [verdict = assert.fail()] = await looks(all, 1, metrics, stable);
  return verdict;
};

const memory = { release: CANARY, stable: STABLE, beyond: {} };

const saidNothing: fc.Arbitrary<Asked> = fc.oneof(
  fc.constant({ why: "it has no series" }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).map((value) => ({ value })),
);
const asked: fc.Arbitrary<Asked> = fc.oneof(
  saidNothing,
  fc.double({ noNaN: true }).map((value) => ({ value })),
);
const figures: fc.Arbitrary<Figures> = fc.record({ canary: asked, stable: fc.option(asked) });
const compare = fc.constantFrom("ratio", "difference", "limit");

describe("the gate of the team's own metrics", () => {
  it("passes within the bounds, and says what it saw", async () => {
    const verdict = await one([metric({}, async () => 4.2)]);
    assert.equal(verdict.answer, "pass");
    assert.equal(verdict.summary, "orders: value 4.2");
    assert.deepEqual(verdict.evidence.orders, {
      canary: 4.2,
      stable: null,
      compare: "limit",
      value: 4.2,
      max: 5,
      min: null,
    });
  });

  it("asks for each release where they are compared, with the release's id in the query", async () => {
    const queries: string[] = [];
    const ask = async (query: string) => {
      queries.push(query);
      return query.endsWith(CANARY) ? 9 : 3;
    };
    const ratio = await one([metric({ compare: "ratio", max: 2 }, ask)]);
    assert.deepEqual(queries, [`orders ${CANARY}`, `orders ${STABLE}`]);
    assert.equal(ratio.summary, "orders: ratio 3 is above 2");
    assert.equal(ratio.answer, "fail");
    assert.equal((await one([metric({ compare: "difference", max: 6 }, ask)])).answer, "pass");
    assert.equal((await one([metric({ compare: "difference", max: null, min: 7 }, ask)])).answer, "fail");
  });

  it("names the stable release in the query of a limit", async () => {
    const query = "a{{release}} / a{{stable}}";
    const verdict = await one([metric({ query }, async (text) => (text === `a${CANARY} / a${STABLE}` ? 1 : 99))]);
    assert.equal(verdict.answer, "pass");
    const alone = await one([metric({ query }, async () => 1)], null);
    assert.equal(alone.answer, "hold");
    assert.equal(alone.summary, "orders: there is no stable release to compare with");
  });

  it("fails once it was out of bounds for as long as it may be, and holds until then", async () => {
    const values = [9, 9, 9];
    const verdicts = await looks([metric({ for: 2 * MINUTE }, async () => values.shift() ?? 0)], 3);
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["hold", "hold", "fail"],
    );
    assert.match(verdicts[0]?.summary ?? "", /value 9 is above 5, and fails once it was for 2m/);
  });

  it("begins anew after a look within the bounds; one without an answer neither clears nor fails", async () => {
    const values: (number | Error)[] = [9, 1, 9, new Error("away"), 9];
    const ask = async () => {
      const next = values.shift() ?? 0;
      if (next instanceof Error) throw next;
      return next;
    };
    const verdicts = await looks([metric({ for: 2 * MINUTE }, ask)], 5);
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["hold", "pass", "hold", "hold", "fail"],
    );
  });

  it("holds where a source fails, whatever the other metrics say but a failure", async () => {
    const away = metric({ name: "away" }, () => Promise.reject(new Error("Prometheus at p could not be reached")));
    const well = metric({ name: "well" }, async () => 1);
    const held = await one([well, away]);
    assert.equal(held.answer, "hold");
    assert.equal(held.summary, "away: Prometheus at p could not be reached; well: value 1");
    assert.equal((await one([well, away, metric({ name: "bad" }, async () => 7)])).answer, "fail");
  });

  it("a ratio to nothing holds, and says what to take", () => {
    const judged = judgedValue("ratio", { canary: { value: 3 }, stable: { value: 0 } });
    assert.deepEqual(judged, { why: "a ratio of 3 to 0 says nothing: take compare: difference" });
  });

  it("after the canary judges what needs no stable release, and nothing else", async () => {
    const never = () => Promise.reject(new Error("asked"));
    const all = [
      metric({ name: "ratio", compare: "ratio" }, never),
      metric({ name: "own", query: "{{release}}/{{stable}}" }, never),
      metric({ name: "limit" }, async () => 1),
    ];
    const [verdict = assert.fail()] = await looks(all, 1, metricLimits);
    assert.equal(verdict.answer, "pass");
    assert.equal(verdict.summary, "limit: value 1");
  });

  it("passes where the settings name none any more", async () => {
    assert.equal((await one([])).answer, "pass");
  });

  it("passes only where every metric has a finite value within its bounds", () => {
    const rule = fc.record({
      compare,
      query: fc.constant("{{release}}"),
      max: fc.option(fc.double({ noNaN: true })),
      min: fc.option(fc.double({ noNaN: true })),
      for: fc.constantFrom(0, MINUTE),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(rule, fc.option(figures)), { minLength: 1, maxLength: 4 }), (all) => {
        const rules = all.map(([one], index) => ({ ...one, name: `m${index}` }));
        const found = Object.fromEntries(
          all.flatMap(([, seen], index) => (seen === null ? [] : [[`m${index}`, seen]])),
        );
        const { verdict } = judgeMetrics("metrics", memory, rules, found, 1);
        const within = all.every(([one, seen]) => {
          if (seen === null) return false;
          const judged = judgedValue(one.compare, seen);
          if ("why" in judged) return false;
          return (
            Number.isFinite(judged.value) &&
            !(judged.value > (one.max ?? Infinity)) &&
            !(judged.value < (one.min ?? -Infinity))
          );
        });
        assert.equal(verdict.answer === "pass", within);
      }),
      { seed: 14, numRuns: 2_000 },
    );
  });

  it("neither passes nor fails by an answer that says nothing", () => {
    fc.assert(
      fc.property(compare, saidNothing, asked, fc.boolean(), (how, nothing, other, swapped) => {
        const seen =
          swapped && how !== "limit" ? { canary: other, stable: nothing } : { canary: nothing, stable: other };
        const rule = { name: "m", compare: how, query: "{{release}}", max: 1, min: 0, for: 0 };
        const since = { ...memory, beyond: { m: 0 } };
        const judged = judgeMetrics("metrics", since, [rule], { m: seen }, MINUTE);
        assert.equal(judged.verdict.answer, "hold");
        assert.deepEqual(judged.memory, since);
      }),
      { seed: 15, numRuns: 1_000 },
    );
  });
});
