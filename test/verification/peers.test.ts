import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { z } from "zod";
import { argoRollouts } from "../../verification/bench/peers/argo.ts";
import { flagger } from "../../verification/bench/peers/flagger.ts";
import { costOf } from "../../verification/bench/peers/measure.ts";
import { successQuery } from "../../verification/bench/peers/pace.ts";
import { configurationOf } from "../../verification/bench/peers/prometheus.ts";
import { peersTable } from "../../verification/bench/peers/table.ts";
import { HEADER, migrationOf, templateOf, type Workload } from "../../verification/bench/peers/workload.ts";
import { definitionsIn } from "../../verification/real/control-plane/definitions.ts";

const START = ["node", "--max-old-space-size=64", "main.ts"];
const pod: Parameters<typeof templateOf>[0] = {
  serviceAccountName: "app",
  topologySpreadConstraints: [{ maxSkew: 1 }],
  containers: [
    {
      image: "app@sha256:good",
      env: [{ name: "RELEASE_ID", value: "r1" }, { name: "PORT" }],
      envFrom: [{ configMapRef: { name: "app-r1" } }],
      ports: [{ name: "http", containerPort: 8080 }],
      readinessProbe: { httpGet: { path: "/api/health/ready", port: "http" } },
    },
  ],
};
const workload: Workload = {
  port: 8080,
  image: "app@sha256:good",
  template: (version) => templateOf(pod, version, START),
  migration: (version, target) => migrationOf(templateOf(pod, version, START), target),
  configure: async () => undefined,
};
const good = { release: "good", image: "app@sha256:good" };
const bad = { release: "bad", image: "app@sha256:bad" };

describe("what a bad release has cost", () => {
  const tally = (requests: number, failed: number, firstAt: number, lastAt: number) => ({
    requests,
    failed,
    share: 0,
    firstAt,
    lastAt,
  });
  const before = { failed: 2, byRelease: { good: tally(1_000, 2, 0, 9_000) } };

  it("is counted from its first request to its last answer, with every failure of that time", () => {
    const after = {
      failed: 14,
      byRelease: {
        good: tally(5_000, 3, 0, 60_000),
        bad: tally(80, 9, 10_000, 32_500),
        none: tally(2, 2, 30_000, 31_000),
      },
    };
    assert.deepEqual(costOf(after, before), { seconds: 22.5, failed: 12, toBad: 80 });
  });

  it("isn't known where no request went to it", () => {
    assert.throws(() => costOf(before, before), /no user's request reached the bad release/);
  });

  it("is a row for everybody, and says who couldn't be measured", () => {
    const table = peersTable([
      { name: "one", settings: "often", cost: { seconds: 22.54, failed: 12, toBad: 80 } },
      { name: "two", settings: "-", why: "it never came up" },
    ]);
    assert.match(table, /^\| one \| 22\.5 \| 12 \| 80 \| often \|$/m);
    assert.match(table, /^\| two \| not measured \| - \| - \| - \|$/m);
  });
});

describe("what the peers are given", () => {
  it("is our pods with another image, under labels of their own, whose answers name their release", () => {
    const { metadata, spec } = workload.template(bad);
    const [container] = spec.containers;
    assert.deepEqual(metadata.labels, { app: "app" });
    assert.equal(container.image, bad.image);
    assert.deepEqual(container.env, [{ name: "RELEASE_ID", value: "bad" }, { name: "PORT" }]);
    const command = z.array(z.string()).parse(container.command);
    assert.deepEqual([...command.slice(0, 3), command.at(-1)], [...START.slice(0, 2), "--import", "main.ts"]);
    assert.ok(!("topologySpreadConstraints" in spec), "it would spread by our labels");
  });

  it("is the migration first, in pods that no Service selects and no probe waits for", () => {
    const { metadata, spec } = workload.migration(bad, "0005_summaries");
    assert.ok(!("app" in metadata.labels));
    assert.deepEqual(spec.containers[0].command, ["node", "migrate.ts", "up", "0005_summaries"]);
    assert.equal(spec.restartPolicy, "Never");
    assert.ok(!("readinessProbe" in spec.containers[0]));
  });

  it("goes with each kind to where that kind is created", () => {
    for (const peer of [argoRollouts, flagger]) {
      for (const { path, body } of peer.manifests({ workload, good, prometheus: "http://127.0.0.1:1" })) {
        const { apiVersion, kind } = z.object({ apiVersion: z.string(), kind: z.string() }).parse(body);
        const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        const plural = kind === "Canary" ? "canaries" : `${kind.toLowerCase()}s`;
        assert.equal(path, `${group}/namespaces/${peer.namespace}/${plural}`);
      }
    }
  });

  it("is the same weights, looks and share of successes for both", () => {
    const [argo, other] = [argoRollouts, flagger].map((peer) =>
      JSON.stringify(peer.manifests({ workload, good, prometheus: "http://127.0.0.1:1" })),
    );
    for (const weight of [5, 25, 50]) assert.match(argo ?? "", new RegExp(`"setWeight":${weight}\\b`));
    assert.match(other ?? "", /"stepWeights":\[5,25,50,100\]/);
    for (const text of [argo, other]) assert.match(text ?? "", /"interval":"10s"/);
    assert.match(argo ?? "", /"successCondition":"result\[0\] >= 0\.99"/);
    assert.match(other ?? "", /"thresholdRange":\{"min":99\}/);
  });

  it("asks for the series of the canary's Service alone", () => {
    assert.equal(
      successQuery("ns-app-canary-80@kubernetescrd"),
      'sum(rate(traefik_service_requests_total{service=~"ns-app-canary-80@kubernetescrd",code!~"5.."}[1m])) / sum(rate(traefik_service_requests_total{service=~"ns-app-canary-80@kubernetescrd"}[1m]))',
    );
  });

  it("is a Prometheus that reads the Gateway", () => {
    const read = z
      .object({ scrape_configs: z.tuple([z.object({ static_configs: z.unknown() })]) })
      .parse(parse(configurationOf("10.244.1.2:9090")));
    assert.deepEqual(read.scrape_configs[0].static_configs, [{ targets: ["10.244.1.2:9090"] }]);
  });

  it("takes the definitions of their kinds out of files of several, and nothing else", () => {
    const definition = (name: string) =>
      `kind: CustomResourceDefinition\nmetadata: {name: ${name}}\nspec: {group: g, names: {kind: K}, versions: [{name: v1, served: true}]}\n`;
    const found = definitionsIn(`---\n${definition("a")}---\n${definition("b")}`);
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      ["a", "b"],
    );
    assert.throws(() => definitionsIn("kind: Deployment\n"));
  });
});

const SERVES_AND_ASKS = `
import { createServer } from "node:http";
const server = createServer((_, res) => res.writeHead(201, { "content-type": "text/plain" }).end("made"));
server.listen(0, "127.0.0.1", async () => {
  const { status, headers } = await fetch("http://127.0.0.1:" + server.address().port);
  console.log([status, headers.get("x-runbooks-release"), headers.get("content-type")].join(" "));
  server.close();
});
`;

describe("answers of the peers' pods", () => {
  it("name their release, beside what the workload sets itself", async () => {
    const args = ["--import", HEADER, "--input-type=module", "--eval", SERVES_AND_ASKS];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { RELEASE_ID: "bad" } });
    assert.equal(stdout.trim(), "201 bad text/plain");
  });
});
