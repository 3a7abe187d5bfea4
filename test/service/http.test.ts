import assert from "node:assert/strict";
import { noFigures } from "../../infra/service/figures.ts";
import { type Answers, serviceApp } from "../../infra/service/http.ts";
import { listenAddressIn } from "../../infra/service/listen-address.ts";

const answers = (more: Partial<Answers> = {}): Answers => ({
  isEnding: () => false,
  troubles: () => [null],
  metrics: async () => [],
  ...more,
});
const ask = async (path: string, more: Partial<Answers> = {}) => {
  const answer = await serviceApp(answers(more)).request(path);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

describe("the service's answers", () => {
  it("are well while the process is, and ready while the changes of one of its stacks can be run", async () => {
    assert.equal((await ask("/healthz")).status, 200);
    assert.deepEqual((await ask("/readyz")).text, "ready\n");
    const some = await ask("/readyz", { troubles: () => [null, "staging: no such stack"] });
    assert.deepEqual([some.status, some.text], [200, "ready\nstaging: no such stack\n"]);
    const none = await ask("/readyz", { troubles: () => ["staging: no such stack"] });
    assert.deepEqual([none.status, none.text], [503, "staging: no such stack\n"]);
    const ending = await ask("/readyz", { isEnding: () => true });
    assert.equal(ending.status, 503);
  });

  it("carry headers against sniffing and framing", async () => {
    const { headers } = await ask("/healthz");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "SAMEORIGIN");
  });

  it("are metrics in Prometheus' text format", async () => {
    const figures = noFigures();
    figures.leads = true;
    figures.state = "running";
    figures.gates.set("error-rate", new Map([["pass", 3]]));
    figures.updates = { count: 2, seconds: 9.5 };
    const dora = {
      deployments: 4,
      live: 3,
      perDay: 0.1,
      leadTime: { median: 7_200_000, of: 3 },
      failed: 1,
      failureRate: 0.25,
      timeToRestore: { median: null, of: 0 },
    };
    const { text, headers } = await ask("/metrics", { metrics: async () => [{ stack: 'pro"d', figures, dora }] });
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const lines = text.split("\n");
    for (const line of [
      'runbook_leader{stack="pro\\"d"} 1',
      'runbook_change_state{stack="pro\\"d",state="running"} 1',
      'runbook_change_state{stack="pro\\"d",state="failing"} 0',
      'runbook_gate_answers_total{stack="pro\\"d",gate="error-rate",answer="pass"} 3',
      "# TYPE runbook_update_seconds summary",
      'runbook_update_seconds_sum{stack="pro\\"d"} 9.5',
      'runbook_update_seconds_count{stack="pro\\"d"} 2',
      'runbook_lead_time_seconds{stack="pro\\"d"} 7200',
      'runbook_change_failure_ratio{stack="pro\\"d"} 0.25',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${text}`);
    }
    assert.doesNotMatch(text, /time_to_restore/, "no figure, no sample");
    assert.ok(text.endsWith("\n"));
  });
});

describe("an address to listen at", () => {
  it("is HOST:PORT, :PORT or [IPV6]:PORT", () => {
    assert.deepEqual(listenAddressIn("127.0.0.1:8080"), { host: "127.0.0.1", port: 8080 });
    assert.deepEqual(listenAddressIn(":0"), { host: "0.0.0.0", port: 0 });
    assert.deepEqual(listenAddressIn("[::1]:80"), { host: "::1", port: 80 });
    for (const wrong of ["8080", "host", "host:", "host:65536", "[nothing]:80", "a:b:80", "::1:80"]) {
      assert.equal(listenAddressIn(wrong), null, wrong);
    }
  });
});
