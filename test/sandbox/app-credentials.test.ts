import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { parseExposition } from "../../infra/clients/exposition.ts";
import { type PodReport, podReportOf } from "../../infra/clients/pod-report.ts";
import { fingerprintOf } from "../../infra/issuers/fingerprint.ts";
import { signedAnew } from "../../infra/issuers/session-keys.ts";
import { fingerprintOf as podsOwn } from "../../sandbox/app/src/credentials.ts";
import { signedWith } from "../../sandbox/app/src/session-keys.ts";
import { createBrowser } from "./app-client.ts";
import { eventually, type Pod, SECRETS, startWorld, type World } from "./app-world.ts";

const [FIRST, SECOND] = ["signing-key-of-generation-1", "signing-key-of-generation-2"];

describe("a fingerprint", () => {
  it("is the same on both sides, and another one for another release, name or value", () => {
    const texts = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, texts, texts, texts, (release, name, value, other) => {
        const own = podsOwn(release, name, value);
        assert.equal(own, fingerprintOf({ release, name, value }));
        assert.match(own, /^[0-9a-f]{16}$/);
        if (other !== release) assert.notEqual(own, fingerprintOf({ release: other, name, value }));
        if (other !== value) assert.notEqual(own, fingerprintOf({ release, name, value: other }));
      }),
    );
  });
});

describe("the key that signed a cookie", () => {
  it("is found at its place in the ring, and not where it isn't in it", () => {
    const sign = (id: string, key: string) =>
      `s:${id}.${createHmac("sha256", key).update(id).digest("base64").replace(/=+$/, "")}`;
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.uniqueArray(fc.string({ minLength: 8 }), { minLength: 2 }),
        (id, [last = "", ...ring]) => {
          for (const [position, key] of ring.entries()) assert.equal(signedWith(ring, sign(id, key)), position);
          assert.equal(signedWith(ring, sign(id, last)), null);
          assert.equal(
            signedAnew(encodeURIComponent(sign(id, last)), ring[0] ?? ""),
            encodeURIComponent(sign(id, ring[0] ?? "")),
          );
        },
      ),
    );
  });

  it("is none where the cookie isn't signed", () => {
    for (const cookie of ["", "s:", "abc.def", "s:abc"]) {
      assert.equal(signedWith([FIRST], cookie), null);
      assert.equal(signedAnew(cookie, FIRST), null);
    }
  });
});

describe("the workload: what it reports of its credentials", function () {
  this.timeout(60_000);
  let world: World;

  before(async () => {
    world = await startWorld();
    const { code } = await world.run("v1", ["migrate.ts", "up", "0004_budgets"]);
    assert.equal(code, 0);
  });
  after(() => world?.close());

  const start = async (release: string, ring: string): Promise<Pod> => {
    const pod = await world.startPod("v1", { RELEASE_ID: release, SESSION_SECRET: ring });
    await eventually("the pod is ready", async () => (await fetch(`${pod.url}/api/health/ready`)).status === 200);
    return pod;
  };
  const reportOf = async ({ url }: Pod): Promise<PodReport> =>
    podReportOf(parseExposition(await (await fetch(`${url}/metrics`)).text()));

  it("names each one by its fingerprint, and none by its value", async () => {
    const pod = await start("r1", `${SECOND},${FIRST}`);
    const { credentials } = await reportOf(pod);
    const fingerprint = (name: string, value: string) => fingerprintOf({ release: "r1", name, value });
    assert.deepEqual(credentials, {
      SUPABASE_KEY: [fingerprint("SUPABASE_KEY", SECRETS.SUPABASE_KEY)],
      SESSION_SECRET: [fingerprint("SESSION_SECRET", SECOND), fingerprint("SESSION_SECRET", FIRST)],
      AFM_KEY: [fingerprint("AFM_KEY", SECRETS.AFM_KEY)],
      REDIS_URL: [fingerprint("REDIS_URL", world.environment.REDIS_URL ?? "")],
    });
    const text = await (await fetch(`${pod.url}/metrics`)).text();
    for (const value of [FIRST, SECOND, SECRETS.SUPABASE_KEY, SECRETS.AFM_KEY]) assert.ok(!text.includes(value));
  });

  it("keeps a session through the three releases of a ring's rotation, and counts which key verified it", async () => {
    const [old, both, turned, last] = [
      await start("r1", FIRST),
      await start("r2", `${FIRST},${SECOND}`),
      await start("r3", `${SECOND},${FIRST}`),
      await start("r4", SECOND),
    ];
    const browser = createBrowser();
    assert.equal((await browser.logIn(old.url, "ring@example.com", "p")).status, 200);
    const idle = createBrowser();
    idle.cookie = browser.cookie;
    for (const pod of [both, turned]) assert.equal((await browser.call(pod.url, "GET", "/api/session")).status, 200);
    const [newKey, oldKey] = (await reportOf(turned)).verifications;
    assert.deepEqual([newKey?.count, newKey?.lastAt, oldKey?.count], [0, null, 1]);
    assert.ok(Math.abs(Date.now() - (oldKey?.lastAt ?? 0)) < 30_000);
    // The answer has signed the cookie anew: from here on the old key may go.
    assert.equal((await browser.call(turned.url, "GET", "/api/session")).status, 200);
    assert.deepEqual(
      (await reportOf(turned)).verifications.map(({ count }) => count),
      [1, 1],
    );
    assert.equal((await browser.call(last.url, "GET", "/api/session")).status, 200);
    assert.equal((await idle.call(last.url, "GET", "/api/session")).status, 401);
  });

  it("doesn't count a cookie whose session has ended", async () => {
    const pod = await start("r5", FIRST);
    const browser = createBrowser();
    await browser.logIn(pod.url, "gone@example.com", "p");
    const stale = createBrowser();
    stale.cookie = browser.cookie;
    await browser.call(pod.url, "POST", "/api/logout");
    const counts = async () => (await reportOf(pod)).verifications.map(({ count }) => count);
    const before = await counts();
    assert.equal((await stale.call(pod.url, "GET", "/api/session")).status, 401, pod.output());
    assert.deepEqual(await counts(), before);
  });
});
