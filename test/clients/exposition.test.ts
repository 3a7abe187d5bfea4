import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseExposition, parseValue } from "../../infra/clients/exposition.ts";

describe("the text exposition of metrics", () => {
  it("is read with labels, escapes, timestamps, exemplars, comments and blank lines", () => {
    const text = [
      "# HELP requests_total Requests \\ by release.",
      "# TYPE requests_total counter",
      'requests_total{release="r1",code="200"} 1027 1395066363000',
      'requests_total { release = "r\\"2\\\\\\n" , code="500", } 3e0',
      "",
      'latency_bucket{le="+Inf"} 4 # {trace_id="a b"} 0.67 1.5',
      "up 1\r",
      "untyped:ratio NaN",
    ].join("\n");
    assert.deepEqual(parseExposition(text), [
      { metric: "requests_total", labels: { release: "r1", code: "200" }, value: 1027 },
      { metric: "requests_total", labels: { release: 'r"2\\\n', code: "500" }, value: 3 },
      { metric: "latency_bucket", labels: { le: "+Inf" }, value: 4 },
      { metric: "up", labels: {}, value: 1 },
      { metric: "untyped:ratio", labels: {}, value: Number.NaN },
    ]);
  });

  it("knows the numbers that Go writes", () => {
    assert.deepEqual(["1", "-0.5", "1.5e+06", ".5", "5.", "+Inf", "-Inf", "inf", "NaN"].map(parseValue), [
      1,
      -0.5,
      1_500_000,
      0.5,
      5,
      Infinity,
      -Infinity,
      Infinity,
      Number.NaN,
    ]);
    assert.deepEqual(["", "one", "0x10", "1e", "1,5", "--1"].map(parseValue), Array(6).fill(null));
  });

  it("survives any label value", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((value) => !value.includes("\r")),
        (value) => {
          const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
          assert.deepEqual(parseExposition(`m{a="${escaped}",b="x # y"} 1`)[0]?.labels, { a: value, b: "x # y" });
        },
      ),
      { seed: 20_261_122, numRuns: 500 },
    );
  });

  for (const line of [
    "<html><body>404</body></html>",
    '{"status":"success"}',
    "requests_total",
    "requests_total one",
    "requests_total 1 2 3",
    "requests_total 1 soon",
    'requests_total{release="r1"',
    'requests_total{release="r1" code="200"} 1',
    "requests_total{release=r1} 1",
    "requests_total{release} 1",
    'requests_total{="r1"} 1',
    'requests_total{a="1",a="2"} 1',
    'requests_total{release="r1} 1',
    "9lives 1",
  ]) {
    it(`refuses ${line}`, () => {
      assert.throws(() => parseExposition(`up 1\n${line}\n`), /line 2 of the metrics is malformed/);
    });
  }
});
