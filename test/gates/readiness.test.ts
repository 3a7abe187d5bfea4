import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { judgeReadiness } from "../../infra/gates/readiness-answer.ts";
import { checksOf } from "../../infra/runbooks/incident/probes/pods.ts";

describe("a readiness answer", () => {
  const ready = (checks: unknown, status: unknown = "ready") =>
    judgeReadiness({ status: 200, body: { status, checks } });

  it("is ready with every check well, in the shapes that checks come in", () => {
    const checks = {
      a: "ok",
      b: "UP",
      c: true,
      d: { status: "pass" },
      e: { ok: true },
      "f:ping": [{ status: "pass" }],
    };
    const { finding, checks: seen } = ready(checks);
    assert.equal(finding, null);
    assert.deepEqual(new Set(Object.values(seen)), new Set(["ok"]));
    assert.equal(ready({}).finding, null);
  });

  it("is read by an incident as by the gate, in every shape", () => {
    const shapes = [
      "ok",
      "UP",
      true,
      false,
      0,
      null,
      { ok: true },
      { ok: false },
      { status: "PASS" },
      [{ status: "warn" }],
      [],
      {},
    ];
    for (const shape of shapes) {
      const [gate, incident] = [
        ready({ redis: shape }).checks.redis,
        checksOf(JSON.stringify({ checks: { redis: shape } })),
      ];
      assert.equal(incident?.redis?.state === "well", gate === "ok", JSON.stringify(shape));
    }
    const slow = checksOf(JSON.stringify({ checks: { redis: { status: "fail", reason: "OOM", milliseconds: 7 } } }));
    assert.deepEqual([slow?.redis?.state, slow?.redis?.milliseconds], ["full", 7]);
  });

  for (const check of [
    "fail",
    "warn",
    "",
    false,
    null,
    0,
    {},
    { status: "fail" },
    { ok: false },
    [],
    [{ status: "warn" }],
  ]) {
    it(`names a check that is ${JSON.stringify(check)}`, () => {
      const { finding, checks } = ready({ postgres: "ok", redis: check });
      assert.equal(finding?.kind, "wrong");
      assert.match(finding?.detail ?? "", /failing: redis$/);
      assert.deepEqual(checks, { postgres: "ok", redis: "failing" });
    });
  }

  it("names the failing checks of a 503, which may be a passing state", () => {
    const body = { status: "not_ready", checks: { postgres: "fail", redis: "fail", afm: "ok" } };
    const { finding } = judgeReadiness({ status: 503, body });
    assert.deepEqual(finding, { kind: "unreachable", detail: "not ready (503), failing: postgres, redis" });
  });

  it("is wrong with another status word, another status code or another body", () => {
    assert.equal(ready({ a: "ok" }, "starting").finding?.kind, "wrong");
    assert.equal(judgeReadiness({ status: 404, body: null }).finding?.kind, "wrong");
    assert.equal(judgeReadiness({ status: 204, body: { status: "ready", checks: {} } }).finding?.kind, "wrong");
    assert.equal(judgeReadiness({ status: 200, body: { status: "ready" } }).finding?.kind, "wrong");
    assert.equal(judgeReadiness({ status: 200, body: null }).finding?.kind, "wrong");
  });
});
