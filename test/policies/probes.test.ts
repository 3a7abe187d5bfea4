import assert from "node:assert/strict";
import { probes } from "../../policies/probes.ts";
import { CONTAINER, deployment, having, lacking, migrationJob } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const READY = [...CONTAINER, "readinessProbe"] as const;
const LIVE = [...CONTAINER, "livenessProbe"] as const;

describe("policy probes", () => {
  it("passes the two health paths", async () => {
    assert.deepEqual(await judge(probes, deployment), []);
  });

  it("refuses missing probes, all at once", async () => {
    assert.deepEqual(await judge(probes, lacking(lacking(deployment, READY), LIVE)), [
      'spec.template.spec.containers[0].readinessProbe is missing: ask for readiness with httpGet on "/api/health/ready"',
      'spec.template.spec.containers[0].livenessProbe is missing: ask for liveness with httpGet on "/api/health"',
    ]);
  });

  it("refuses another path or another kind of probe", async () => {
    const broken = having(having(deployment, [...READY, "httpGet", "path"], "/"), LIVE, { tcpSocket: { port: 8080 } });
    assert.deepEqual(await judge(probes, broken), [
      'spec.template.spec.containers[0].readinessProbe.httpGet.path is "/": ask for readiness on "/api/health/ready"',
      'spec.template.spec.containers[0].livenessProbe.httpGet.path is missing: ask for liveness on "/api/health"',
    ]);
  });

  it("refuses one path for both, whatever is configured", async () => {
    const broken = having(deployment, [...LIVE, "httpGet", "path"], "/api/health/ready");
    const messages = [
      'spec.template.spec.containers[0].livenessProbe.httpGet.path is "/api/health/ready", as readiness asks: a dependency\'s outage would restart every pod, so ask for liveness elsewhere',
    ];
    assert.deepEqual(await judge(probes, broken), messages);
    assert.deepEqual(await judge(probes, broken, { config: { livenessPath: "/api/health/ready" } }), messages);
  });

  it("takes other paths from the configuration", async () => {
    const other = having(
      having(deployment, [...READY, "httpGet", "path"], "/ready"),
      [...LIVE, "httpGet", "path"],
      "/live",
    );
    assert.deepEqual(await judge(probes, other, { config: { readinessPath: "/ready", livenessPath: "/live" } }), []);
  });

  it("has no say on Jobs", async () => {
    assert.equal(await judge(probes, migrationJob), "not applicable");
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = having(lacking(deployment, READY), [...LIVE, "httpGet"], UNKNOWN_INPUT);
    assert.deepEqual(await judge(probes, partly), [
      'spec.template.spec.containers[0].readinessProbe is missing: ask for readiness with httpGet on "/api/health/ready"',
    ]);
    assert.deepEqual(await judge(probes, having(deployment, READY, UNKNOWN_INPUT)), []);
  });
});
