import assert from "node:assert/strict";
import { parseSettings } from "../../infra/settings/index.ts";
import { settingsWith, validSettings } from "../program/fixtures/settings.ts";
import { problemsIn } from "./problems-in.ts";

const MINUTE = 60_000;

const problemsWith = (changes: Record<string, unknown>) => problemsIn(() => parseSettings(settingsWith(changes)));

describe("the settings of the team's own metrics", () => {
  const OWN = {
    name: "orders",
    source: "prometheus",
    url: "http://prometheus.monitoring:9090",
    query: 'sum(orders{release="{{release}}"})',
    compare: "ratio",
    max: 2,
  };

  it("take the team's own metrics, from each source", () => {
    const shared = { compare: "limit", min: 0.5, query: "x{{release}}/{{stable}}" };
    const all = [
      OWN,
      { ...shared, name: "aws", source: "cloudwatch", region: "eu-west-1" },
      { ...shared, name: "dog", source: "datadog", for: "0s" },
      {
        ...shared,
        name: "any",
        source: "http",
        query: "https://figures.example.com/{{release}}",
        path: "data.0.value",
        tokenFrom: "METRICS_TOKEN",
      },
    ];
    const { metrics } = parseSettings(settingsWith({ "gates.metrics": all })).gates;
    assert.deepEqual(metrics[0], { ...OWN, for: MINUTE });
    assert.deepEqual(
      metrics.map((one) => [one.source, one.for]),
      [
        ["prometheus", MINUTE],
        ["cloudwatch", MINUTE],
        ["datadog", 0],
        ["http", MINUTE],
      ],
    );
    assert.deepEqual(parseSettings(validSettings()).gates.metrics, []);
  });

  for (const [what, changes, why] of [
    ["no bound", { max: undefined }, /max.*write max, min or both/],
    ["min above max", { min: 3 }, /min.*is above max/],
    ["no release in the query", { query: "sum(orders)" }, /query.*must have \{\{release\}\} in it/],
    ["the stable release in a ratio's query", { query: "{{release}}/{{stable}}" }, /query.*take compare: limit/],
    ["a password in the address", { url: "http://ada:pw@prometheus:9090" }, /url.*has a user or a password in it/],
    ["a source that there isn't", { source: "csv" }, /"prometheus", "cloudwatch", "datadog" or "http"/],
    ["a bound in quotes", { max: "2" }, /max.*write a number/],
    [
      "another variable's value as the token",
      {
        source: "http",
        url: undefined,
        query: "https://a.example.com/{{release}}",
        tokenFrom: "AWS_SECRET_ACCESS_KEY",
      },
      /tokenFrom.*METRICS_TOKEN/,
    ],
    [
      "a token sent in clear",
      { source: "http", url: undefined, query: "http://a.example.com/{{release}}", tokenFrom: "METRICS_TOKEN" },
      /query.*must begin with https:/,
    ],
  ] as const) {
    it(`refuse an own metric with ${what}`, () => {
      const own = Object.fromEntries(Object.entries({ ...OWN, ...changes }).filter(([, value]) => value !== undefined));
      assert.match(problemsWith({ "gates.metrics": [own] }).join("\n"), why);
    });
  }

  it("refuse two own metrics of one name", () => {
    assert.match(
      problemsWith({ "gates.metrics": [OWN, OWN] }).join("\n"),
      /gates\.metrics\[1\]\.name.*names two metrics/,
    );
  });
});
