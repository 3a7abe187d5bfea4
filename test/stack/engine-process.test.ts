import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { lockOwners } from "../../infra/stack/cli-text.ts";
import {
  areOwnAndDead,
  awaitEngineEnd,
  CLOCKS_DIFFER,
  type EngineProcess,
  ROOM,
  runHeld,
  sightOfEngine,
} from "../../infra/stack/engine-process.ts";
import { pendingIn } from "../../infra/stack/pending.ts";

const LOCKED = `the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/p/staging/0183ae8b.json?no_tmp_dir=true: created by root@ci-7.example (pid 12946) at 2026-11-22T17:32:56Z
  file:///state/.pulumi/locks/organization/p/staging/77aa.json?no_tmp_dir=true: created by ada@laptop (pid 7) at 2026-11-22T17:33:00Z`;

describe("an engine's process", () => {
  let room: string;
  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), ROOM));
  });
  afterEach(() => rm(room, { recursive: true, force: true }));

  const started = async (script: string, begun: (engine: EngineProcess) => Promise<void>) =>
    runHeld("sh", ["-c", script], { cwd: room, env: process.env, room, begun });

  it("is known before it does anything, under the number that it keeps", async () => {
    const known: EngineProcess[] = [];
    const ended = await started("echo $$; pwd; echo trouble >&2; exit 3", async (engine) => {
      known.push(engine);
      assert.equal(await sightOfEngine(engine), "at work");
      assert.equal(await readFile(join(room, "stdout"), "utf8"), "", "it waits");
    });
    const [engine] = known;
    assert.ok(engine);
    assert.deepEqual(ended, { code: 3, signal: null, stdout: `${engine.pid}\n${room}\n`, stderr: "trouble\n" });
    assert.equal(engine.host, hostname());
    assert.equal(await sightOfEngine(engine), "gone");
  });

  it("does nothing where it could not be written down", async () => {
    const file = join(room, "made");
    const refused = started(`touch ${file}`, async () => {
      throw new Error("the disk is full");
    });
    await assert.rejects(refused, /the disk is full/);
    await assert.rejects(readFile(file), /ENOENT/);
  });

  it("says by which signal it was ended", async () => {
    assert.equal((await started("kill -9 $$", async () => undefined)).signal, "SIGKILL");
  });

  it("is waited for by another runner, and its room removed when it is gone", async () => {
    await writeFile(join(room, "stop"), "");
    const ended = started(`while [ -e ${room}/stop ]; do sleep 0.02; done`, async (engine) => {
      assert.equal(await awaitEngineEnd(engine, 50, AbortSignal.timeout(5_000)), "at work");
      await rm(join(room, "stop"));
      assert.equal(await awaitEngineEnd({ ...engine, host: "elsewhere" }, 50, AbortSignal.timeout(50)), "elsewhere");
      const later = await mkdtemp(join(tmpdir(), ROOM));
      const dead = { ...engine, startTime: "another", room: later };
      assert.equal(await awaitEngineEnd(dead, 5_000, AbortSignal.timeout(5_000)), "gone");
      await assert.rejects(readFile(join(later, "any")), /ENOENT/);
    });
    assert.equal((await ended).code, 0);
  });
});

describe("the time that an engine has", function () {
  this.timeout(30_000);

  it("ends it on its own host, whatever has become of the runner", async () => {
    const room = await mkdtemp(join(tmpdir(), ROOM));
    try {
      const known: EngineProcess[] = [];
      const started = Date.now();
      const begun = async (engine: EngineProcess) => void known.push(engine);
      const { signal } = await runHeld("sleep", ["60"], { cwd: room, env: process.env, room, begun, within: 1_000 });
      assert.equal(signal, "SIGINT");
      assert.ok(Date.now() - started < 20_000);
      const endsBy = Date.parse(known[0]?.endsBy ?? "");
      assert.ok(endsBy > started + 1_000 && endsBy < Date.now() + 120_000);
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  });

  it("makes its lock known as dead from any host whose clock differs by less than the margin, and never before its end", async () => {
    const endsBy = "2026-11-27T12:00:00.000Z";
    const engine: EngineProcess = { host: "ci-7.example", pid: 12_946, startTime: "1", room: "", endsBy };
    const lock = [{ host: engine.host, pid: engine.pid }];
    const differs = fc.integer({ min: -CLOCKS_DIFFER, max: CLOCKS_DIFFER });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -3_600_000, max: 3_600_000 }), differs, async (after, clock) => {
        const dead = await areOwnAndDead(lock, [engine], Date.parse(endsBy) + after + clock);
        if (after <= 0) assert.equal(dead, false, "it may still be at work");
        if (after > 2 * CLOCKS_DIFFER) assert.equal(dead, true);
      }),
      { seed: 157 },
    );
    assert.equal(await areOwnAndDead(lock, [{ ...engine, endsBy: null }], Date.parse(endsBy) * 2), false);
  });
});

describe("the owners of a stack's locks", () => {
  const owner: EngineProcess = {
    host: hostname(),
    pid: process.pid,
    startTime: "another process",
    room: "",
    endsBy: null,
  };

  it("are read from what the CLI says", () => {
    assert.deepEqual(lockOwners(LOCKED), [
      { host: "ci-7.example", pid: 12_946 },
      { host: "laptop", pid: 7 },
    ]);
    assert.deepEqual(lockOwners("conflict: Another update is currently in progress"), []);
  });

  it("are ours and dead only where host, number and start all say so", async () => {
    const lock = { host: owner.host, pid: owner.pid };
    assert.equal(await areOwnAndDead([lock], [owner]), true);
    assert.equal(await areOwnAndDead([], [owner]), false, "no owner is known");
    assert.equal(await areOwnAndDead([lock], []), false, "no engine of ours is known");
    assert.equal(await areOwnAndDead([lock, { host: "laptop", pid: 7 }], [owner]), false, "one is somebody else's");
    assert.equal(await areOwnAndDead([{ ...lock, host: "laptop" }], [{ ...owner, host: "laptop" }]), false, "not here");
    const known: EngineProcess[] = [];
    const room = await mkdtemp(join(tmpdir(), ROOM));
    await runHeld("true", [], {
      cwd: room,
      env: process.env,
      room,
      begun: async (engine) => {
        known.push(engine);
        assert.equal(await areOwnAndDead([{ host: engine.host, pid: engine.pid }], [engine]), false, "alive");
      },
    });
    await rm(room, { recursive: true, force: true });
    assert.equal(
      await areOwnAndDead(
        known.map(({ host, pid }) => ({ host, pid })),
        known,
      ),
      true,
    );
  });
});

describe("pending creates", () => {
  it("are adopted where the resource stands in the state", () => {
    const resources = [
      { urn: "urn::root", type: "pulumi:pulumi:Stack" },
      { urn: "urn::a", type: "x" },
    ];
    const pending_operations = ["urn::a", "urn::b"].map((urn) => ({ type: "creating", resource: { urn } }));
    const told = pendingIn({ deployment: { resources, pending_operations } });
    assert.deepEqual(told, { root: "urn::root", adopted: ["urn::a"], unknown: ["urn::b"] });
    assert.deepEqual(pendingIn({ deployment: {} }), { root: null, adopted: [], unknown: [] });
  });
});
