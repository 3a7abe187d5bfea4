import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { openFileStore } from "../../../infra/records/file-store.ts";
import { openedIn } from "../../../infra/records/opened.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import { openChange } from "../../../infra/runner/opening/open.ts";
import { prepareRotation } from "../../../infra/runner/opening/prepare-rotation.ts";
import { openTurn } from "../../../infra/service/rotations/open-due.ts";
import { Killed } from "../../runner/world.ts";
import { rotationWorld, setClock } from "./world.ts";

/** A day after secrets that were made on 2026-11-22 have reached 90 days; a Sunday. */
const DUE = "2027-02-21T12:00:00.000Z";
const auto = (...secrets: string[]) => ({ rotation: { auto: secrets } });
const production = (more: Record<string, unknown> = {}) => ({
  stage: "production",
  cluster: { namespace: "app-production" },
  ...auto("SESSION_SECRET"),
  ...more,
});

type World = ReturnType<typeof rotationWorld>;

/** A store whose writer is killed before its write number `at`, or after it. */
function killedAt(at: number, moment: "before" | "after"): (store: RecordStore) => RecordStore {
  let writes = 0;
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    const isLast = writes === at;
    writes += 1;
    if (isLast && moment === "before") throw new Killed("before the write");
    const done = await act();
    if (isLast) throw new Killed("after the write");
    return done;
  };
  return (store) => ({
    ...store,
    open: (...asked) => write(() => store.open(...asked)),
    append: (...asked) => write(() => store.append(...asked)),
    markNews: (...asked) => write(() => store.markNews(...asked)),
  });
}

describe("rotations that a service opens", function () {
  this.timeout(60_000);
  it("begin on staging, with the age and the limit in the record, and on production once staging's has ended well", async () => {
    const world = rotationWorld(setClock(DUE), { staging: auto("SESSION_SECRET"), production: production() });
    const before = await world.look("production");
    assert.equal(before.opened, null);
    assert.match(before.waits[0]?.text ?? "", /waits until staging has been rotated/);
    const { opened } = await world.look("staging");
    assert.ok(opened);
    const { first } = await world.open().ends(opened.change);
    const { startedBy, reason, onCall } = openedIn(first.data);
    assert.equal(startedBy, "runbook serve");
    assert.match(
      reason ?? "",
      /^rotation\.auto: SESSION_SECRET g1 is due since .*: 91 days old, rotation\.maxAge is 90d$/,
    );
    assert.equal(onCall, "Ada");
    assert.match((await world.look("staging")).waits[0]?.text ?? "", /waits until CHG-.* has ended/);
    assert.equal((await world.look("production")).opened, null);
    assert.equal(await world.get("staging").runs(), 0);
    assert.deepEqual((await world.look("staging")).opened, null);
    const then = await world.look("production");
    assert.ok(then.opened);
    assert.equal(await world.get("production").runs(), 0);
    for (const name of ["staging", "production"]) {
      const after = await world.look(name);
      assert.deepEqual([after.opened, after.waits, after.asks], [null, [], []]);
      assert.equal(await world.planned(name), 1);
    }
  });

  it("begin on staging where production's alone has reached its age", async () => {
    const limits = { auto: ["SESSION_SECRET"], maxAge: "365d" };
    const world = rotationWorld(setClock(DUE), { staging: { rotation: limits }, production: production() });
    const { opened } = await world.look("staging");
    assert.match(opened?.reason ?? "", /SESSION_SECRET of production is due .*; staging is rotated first/);
  });

  it("wait for the window and for the end of a freeze, and are looked at again when it opens", async () => {
    const changes = { windows: [{ days: ["mon"], from: "09:00", to: "16:00" }] };
    const clock = setClock(DUE);
    const world = rotationWorld(clock, { staging: { ...auto("SESSION_SECRET"), changes } });
    const { opened, waits, lookAgainAt } = await world.look("staging");
    assert.equal(opened, null);
    assert.match(
      waits[0]?.text ?? "",
      /waits for the change window: .*outside every change window.*it opens at 2027-02-22T09:00/,
    );
    assert.equal(lookAgainAt, Date.parse("2027-02-22T09:00:00.000Z"));
    clock.set("2027-02-22T09:00:01.000Z");
    assert.ok((await world.look("staging")).opened);
  });

  it("are one at a time, the secret that is due the longest first", async () => {
    const world = rotationWorld(setClock(DUE), { staging: auto("REDIS_URL", "SESSION_SECRET") });
    assert.match((await world.look("staging")).opened?.reason ?? "", /REDIS_URL/);
    assert.equal((await world.look("staging")).opened, null);
    assert.equal(await world.get("staging").runs(), 0);
    assert.match((await world.look("staging")).opened?.reason ?? "", /SESSION_SECRET/);
  });

  it("aren't tried again by themselves after one has failed: a person is asked for, by the change's name", async () => {
    const world = rotationWorld(setClock(DUE), { staging: auto("SESSION_SECRET") });
    world.get("staging").fails = true;
    const { opened } = await world.look("staging");
    assert.equal(await world.get("staging").runs(), 1);
    const { opened: again, asks } = await world.look("staging");
    assert.equal(again, null);
    assert.match(
      asks[0]?.text ?? "",
      new RegExp(`${opened?.change} didn't rotate it.*runbook rotate SESSION_SECRET --stack staging`),
    );
  });

  it("don't begin where a person has to bring the value: what to do is said instead", async () => {
    const world = rotationWorld(setClock(DUE), { staging: auto("AFM_KEY") });
    const { opened, asks } = await world.look("staging");
    assert.equal(opened, null);
    assert.match(asks[0]?.text ?? "", /AFM_KEY g1 is due.*runbook rotate AFM_KEY --stack staging --value-stdin/);
  });

  it("are opened by one of two services that look at the same moment, on a store of files", async () => {
    const root = await mkdtemp(join(tmpdir(), "rotations-"));
    try {
      const open = () => openFileStore(pathToFileURL(root).href, createRedactor([]));
      const world = rotationWorld(setClock(DUE), { staging: auto("SESSION_SECRET") }, open);
      const looks = await Promise.all(Array.from({ length: 4 }, () => world.look("staging")));
      assert.equal(looks.filter(({ opened }) => opened !== null).length, 1);
      assert.equal(await world.planned("staging"), 1);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  it("are opened once, wherever the service is killed, and however the clock jumps meanwhile", async () => {
    const moment = fc.constantFrom("before" as const, "after" as const);
    const jump = fc.constantFrom("2026-12-01T12:00:00.000Z", DUE, "2027-06-01T12:00:00.000Z");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(4), moment, jump), { maxLength: 4 }), async (kills) => {
        const clock = setClock(DUE);
        const world = rotationWorld(clock, { staging: auto("SESSION_SECRET") });
        for (const [at, when, time] of kills) {
          clock.set(time);
          await world.look("staging", world.get("staging").session(killedAt(at, when))).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
          // What was cut off before it had a plan is closed by whoever runs the stack's changes, as a service does first of all.
          if ((await world.planned("staging")) === 0 && (await world.open().ofStack("staging")).length > 0) {
            await world
              .get("staging")
              .runs()
              .catch(() => undefined);
          }
        }
        clock.set(DUE);
        await world.look("staging");
        assert.equal(await world.planned("staging"), 1);
        await world.get("staging").runs();
        assert.equal((await world.look("staging")).opened, null);
        assert.equal(await world.planned("staging"), 1);
      }),
      { seed: 17, numRuns: 12 },
    );
  });

  describe("as the turn of the second of two stacks", () => {
    /** Staging's part of `runbook rotate SESSION_SECRET --stack staging,production`, run to its end. */
    async function rotatedOnStaging(world: World, urgency: "planned" | "compromised" = "planned") {
      const staging = world.get("staging").session();
      const asked = { secret: "SESSION_SECRET", value: null, urgency, sessions: "kept" } as const;
      const request = { ...asked, afterwards: ["production"], reason: "quarterly", startedBy: "Ada" };
      const { journal } = await openChange(staging, await prepareRotation(staging, request));
      assert.equal(await world.get("staging").runs(), 0);
      return journal.change;
    }
    const take = (world: World) => openTurn(world.get("staging").session(), async (name) => world.get(name).session());
    const EARLY = "2026-12-01T12:00:00.000Z";

    it("begin once the first has ended well, with what was asked for and who has asked, once", async () => {
      const world = rotationWorld(setClock(EARLY), { staging: {}, production: production(auto()) });
      const before = await rotatedOnStaging(world);
      const looks = await Promise.all([take(world), take(world)]);
      const opened = looks.flatMap((looked) => looked?.opened ?? []);
      assert.equal(opened.length, 1);
      const { first } = await world.open().ends(opened[0]?.change ?? "");
      const { startedBy, reason, stack } = openedIn(first.data);
      assert.deepEqual(
        [stack, startedBy, reason],
        ["production", "Ada", `quarterly (opened by runbook serve after ${before})`],
      );
      assert.equal(await world.get("production").runs(), 0);
      assert.equal(await take(world), null);
    });

    it("aren't begun again where they were taken back", async () => {
      const world = rotationWorld(setClock(EARLY), { staging: {}, production: production(auto()) });
      await rotatedOnStaging(world);
      world.get("production").fails = true;
      assert.ok((await take(world))?.opened);
      assert.equal(await world.get("production").runs(), 1);
      assert.equal(await take(world), null);
    });

    it("wait for the second one's window, and for a person where users lose their session", async () => {
      const changes = { freezes: [{ name: "sale", from: "2026-11-30", to: "2026-12-20" }] };
      const world = rotationWorld(setClock(EARLY), { staging: {}, production: production({ ...auto(), changes }) });
      await rotatedOnStaging(world);
      const looked = await take(world);
      assert.equal(looked?.opened, null);
      assert.match(
        looked?.waits[0]?.text ?? "",
        /continues here after CHG-.*: it waits for the change window: the freeze "sale"/,
      );
      const urgent = rotationWorld(setClock(EARLY), { staging: {}, production: production(auto()) });
      await rotatedOnStaging(urgent, "compromised");
      const asked = await take(urgent);
      assert.equal(asked?.opened, null);
      assert.match(asked?.asks[0]?.text ?? "", /a person has to agree/);
    });

    it("aren't begun where the first was taken back, or the service has no such stack", async () => {
      const world = rotationWorld(setClock(EARLY), { staging: {}, production: production(auto()) });
      assert.equal(await take(world), null);
      await rotatedOnStaging(world);
      assert.equal(await openTurn(world.get("staging").session(), async () => null), null);
    });
  });
});
