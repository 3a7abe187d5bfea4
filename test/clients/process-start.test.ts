import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStart, sightOfProcess, startByProc, startByPs } from "../../infra/clients/process-start.mjs";
import { familyOf, processTable, processTableNow, rowsIn } from "../../sandbox/cloud/process-table.ts";

const NEVER = 2 ** 30;

/** Each way by which a system says when a process began; ps is macOS', and Linux has one too. */
const WAYS = process.platform === "linux" ? { "/proc": startByProc, ps: startByPs } : { ps: startByPs };

describe("when a process began", () => {
  let sleeper: ChildProcess;
  before(async () => {
    sleeper = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(sleeper, "spawn");
  });
  after(() => sleeper.kill("SIGKILL"));

  const withEnvironment = <T>(changes: NodeJS.ProcessEnv, work: () => T): T => {
    const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, changes);
    try {
      return work();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  };

  for (const [way, startBy] of Object.entries(WAYS)) {
    it(`${way}: is the same whenever it is asked, and null where there is no such process`, () => {
      const { pid = NEVER } = sleeper;
      const started = startBy(pid);
      assert.ok(started !== null);
      assert.equal(startBy(pid), started);
      assert.equal(startBy(NEVER), null);
    });

    it(`${way}: is the same in every language and time zone: two runners may have different ones`, () => {
      const { pid = NEVER } = sleeper;
      const started = startBy(pid);
      for (const changes of [
        { TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8" },
        { TZ: "America/Caracas", LANG: "ja_JP.UTF-8", LC_TIME: "ja_JP.UTF-8" },
      ]) {
        assert.equal(
          withEnvironment(changes, () => startBy(pid)),
          started,
        );
      }
    });

    it(`${way}: is null of what is left of one that has ended and that nobody has asked for`, async () => {
      // The shell becomes a sleep, which doesn't ask how its child has ended.
      const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
      try {
        const [line] = await once(parent.stdout, "data");
        while (startBy(Number(line)) !== null) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(startBy(Number(line)), null);
      } finally {
        parent.kill("SIGKILL");
      }
    });
  }

  it("ps: tells what doesn't answer from what isn't there", () => {
    const room = mkdtempSync(join(tmpdir(), "ps-"));
    try {
      withEnvironment({ PATH: room }, () => {
        assert.throws(() => startByPs(process.pid), /process \d+ can't be looked at: .*ENOENT/);
      });
      symlinkSync("/bin/sh", join(room, "sh"));
      for (const [says, why] of [
        ["exit 3", /can't be looked at: Command failed/],
        ["echo nonsense", /can't be looked at: ps answered "nonsense\\n"/],
        ["exit 1", /can't be looked at/],
      ] as const) {
        writeFileSync(join(room, "ps"), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
        withEnvironment({ PATH: room }, () => assert.throws(() => startByPs(process.pid), why));
      }
    } finally {
      rmSync(room, { recursive: true, force: true });
    }
  });

  it("says of a process that was written down whether it is alive or dead, and never dead where it can't be looked at", () => {
    const { pid = NEVER } = sleeper;
    const startTime = processStart(pid) ?? "";
    assert.equal(sightOfProcess({ pid, startTime }), "alive");
    assert.equal(sightOfProcess({ pid, startTime: "another" }), "dead");
    assert.equal(sightOfProcess({ pid: NEVER, startTime }), "dead");
    // No process has such a number, and asking for it is refused: nothing was seen.
    assert.equal(sightOfProcess({ pid: Number.NaN, startTime }), "unseen");
  });
});

describe("the table of processes", () => {
  it("has this process, its parent and its memory", async () => {
    for (const rows of [await processTable(), processTableNow()]) {
      const own = rows.find(({ pid }) => pid === process.pid);
      assert.equal(own?.parent, process.ppid);
      assert.ok(own.resident > 10_000_000);
    }
  });

  it("finds a process with all that it started", () => {
    const rows = rowsIn("    1     0  100\n   20     1  200\n  300    20   30\n   21     1    4\n");
    assert.deepEqual(
      familyOf(20, rows).map(({ pid }) => pid),
      [20, 300],
    );
    assert.deepEqual(familyOf(5, rows), []);
  });

  it("is refused where ps prints something else", () => {
    assert.throws(() => rowsIn("PID PPID RSS\n"), /ps printed "PID PPID RSS"/);
  });
});
