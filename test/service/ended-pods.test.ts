import assert from "node:assert/strict";
import { badInput } from "../../infra/errors.ts";
import { engineHasEnded } from "../../infra/service/ended-pods.ts";
import { areOwnAndDead, type EngineProcess, engineBegan } from "../../infra/stack/engine-process.ts";

const OWN = "runbooks-7d9f5c-aaaaa";
const engine: EngineProcess = {
  host: "runbooks-7d9f5c-bbbbb",
  pid: 42,
  startTime: "boot/1",
  room: "/tmp/runbook-x",
  endsBy: "2026-11-27T12:46:00.000Z",
};
const running = (startedAt: string) => ({ status: { containerStatuses: [{ state: { running: { startedAt } } }] } });

/** What is known of the engine where the API server answers so. */
const known = (answer: unknown, of: EngineProcess = engine, own = OWN) =>
  engineHasEnded(async () => (answer === null ? null : JSON.stringify(answer)), own, "production-runbooks")(of);

describe("an engine that was left in another pod of the service", () => {
  it("was started 46 minutes before it ends at the latest", () => {
    assert.equal(engineBegan(engine), Date.parse("2026-11-27T12:00:00.000Z"));
  });

  it("has ended where the pod is gone, or its container was started again or isn't running", async () => {
    assert.equal(await known(null), true);
    assert.equal(await known(running("2026-11-27T12:00:05Z")), true);
    assert.equal(await known({ status: { containerStatuses: [{ state: {} }] } }), true);
  });

  it("hasn't where the pod's container runs since before it", async () => {
    assert.equal(await known(running("2026-11-27T11:59:59Z")), false);
  });

  it("isn't known of where the pod can't be read, or says nothing", async () => {
    const away = engineHasEnded(() => Promise.reject(badInput("away")), OWN, "production-runbooks");
    assert.equal(await away(engine), false);
    assert.equal(await known({ status: {} }), false);
  });

  it("isn't known of on any other machine, though there is no pod of that name", async () => {
    for (const host of ["laptop", "runner-github-1-2", "another-7d9f5c-bbbbb"]) {
      assert.equal(await known(null, { ...engine, host }), false, host);
    }
    assert.equal(await known(null, engine, "laptop"), false);
    assert.equal(await known(null, { ...engine, endsBy: null }), false);
  });

  it("lets its lock be broken, and nobody else's", async () => {
    const at = Date.parse("2026-11-27T12:01:00.000Z");
    const lock = [{ host: engine.host, pid: engine.pid }];
    assert.equal(await areOwnAndDead(lock, [engine], at), false);
    assert.equal(await areOwnAndDead(lock, [engine], at, async () => true), true);
    assert.equal(await areOwnAndDead(lock, [], at, async () => true), false);
  });
});
