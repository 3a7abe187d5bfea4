import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startWorld, type World } from "./app-world.ts";

const REQUESTS = 50;
/** What a pod of v3 serves before its fault shows. */
const SOUND = 30;

describe("the workload: versions with faults", function () {
  this.timeout(30_000);
  let world: World;

  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  async function failuresOf(version: string, stage: string, path: string): Promise<number> {
    const pod = await world.startPod(version, { STAGE: stage });
    let failures = 0;
    for (let n = 0; n < REQUESTS; n += 1) {
      const { status, body } = await fetch(`${pod.url}${path}`);
      await body?.cancel();
      if (status === 500) failures += 1;
    }
    if (failures > 0) {
      const failed = pod.logs.find(({ level, status }) => level === "error" && status === 500);
      assert.ok(failed?.requestId !== undefined && failed.error !== undefined);
    }
    await pod.stop();
    return failures;
  }

  for (const { version, stage, path, expected } of [
    { version: "v2", stage: "production", path: "/", expected: 0 },
    { version: "v3", stage: "staging", path: "/", expected: 0 },
    { version: "v3", stage: "production", path: "/", expected: (REQUESTS - SOUND) / 5 },
    { version: "v3", stage: "production", path: "/api/session", expected: (REQUESTS - SOUND) / 5 },
    { version: "v3", stage: "production", path: "/api/health", expected: 0 },
    { version: "v5", stage: "staging", path: "/", expected: REQUESTS / 5 },
  ]) {
    it(`${version} fails ${expected} of ${REQUESTS} requests to ${path} on ${stage}`, async () => {
      assert.equal(await failuresOf(version, stage, path), expected);
    });
  }

  it("v4 serves but says that it isn't ready, and why", async () => {
    const pod = await world.startPod("v4");
    assert.equal((await fetch(pod.url)).status, 200);
    assert.equal((await fetch(`${pod.url}/api/health`)).status, 200);
    const ready = await fetch(`${pod.url}/api/health/ready`);
    assert.equal(ready.status, 503);
    const body = await ready.text();
    assert.match(body, /"status":"not_ready"/);
    assert.match(body, /"warmup":\{"status":"fail"/);
    assert.equal(await pod.stop(), 0);
  });

  it("refuses to start on an environment that it can't use, naming each variable and no value", async () => {
    const { code, logs } = await world.run("v1", ["main.ts"], {
      SESSION_STORE: "memory",
      PORT: "",
      AFM_URL: "not-a-url",
    });
    assert.equal(code, 1);
    const text = JSON.stringify(logs);
    assert.match(text, /SESSION_STORE is malformed/);
    assert.match(text, /AFM_URL is malformed/);
    assert.doesNotMatch(text, /not-a-url|"memory"/);
  });
});
