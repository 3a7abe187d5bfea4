import assert from "node:assert/strict";
import fc from "fast-check";
import { type Course, courseOf, openCourses } from "../../infra/reports/course.ts";
import { doraOf } from "../../infra/reports/dora.ts";
import { memoryStore } from "../runner/world.ts";
import { failedPromote } from "./render/fixture.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SPAN = { from: 0, to: 30 * DAY };
const [OLD, NEW] = [
  { version: "1", id: "r1" },
  { version: "2", id: "r2" },
];

const course = (parts: Partial<Course>): Course => ({
  change: "CHG-2026-11-22-001",
  stack: "production",
  runbook: "promote",
  release: NEW,
  replaces: OLD,
  manifest: "m2",
  openedAt: DAY,
  usersAt: DAY + HOUR,
  liveAt: DAY + 2 * HOUR,
  failedAt: null,
  restoredAt: null,
  closedAt: 2 * DAY,
  exit: 0,
  ...parts,
});

const tested = course({ stack: "staging", runbook: "deploy", openedAt: HOUR, liveAt: 2 * HOUR });
const takenBack = course({ liveAt: null, failedAt: 5 * DAY, restoredAt: 5 * DAY + HOUR, exit: 1 });
const rollback = course({
  runbook: "rollback",
  release: OLD,
  replaces: NEW,
  openedAt: 3 * DAY,
  liveAt: 3 * DAY + HOUR,
});
const figures = (...courses: Course[]) => doraOf(courses, "production", SPAN);

const time = fc.integer({ min: 0, max: 40 * DAY });
const maybe = fc.option(time, { nil: null });
const named = fc.option(fc.constantFrom(OLD, NEW), { nil: null });
const anyCourse: fc.Arbitrary<Course> = fc.record({
  change: fc.constant("CHG-2026-11-22-001"),
  stack: fc.constantFrom("staging", "production"),
  runbook: fc.constantFrom("deploy", "promote", "rollback", "rotate", "incident"),
  release: named,
  replaces: named,
  manifest: fc.option(fc.constantFrom("m1", "m2"), { nil: null }),
  openedAt: time,
  usersAt: maybe,
  liveAt: maybe,
  failedAt: maybe,
  restoredAt: maybe,
  closedAt: maybe,
  exit: fc.option(fc.constantFrom(0, 1, 2, 70), { nil: null }),
});
const courses = fc.array(anyCourse, { maxLength: 12 });
const RUNS = { seed: 17, numRuns: 500 };

describe("the four figures of DORA", () => {
  it("count a release from the day it was first deployed, on staging, to all of production's traffic", () => {
    const { deployments, live, perDay, leadTime, failed, failureRate } = figures(tested, course({}));
    assert.deepEqual(
      { deployments, live, failed, failureRate },
      { deployments: 1, live: 1, failed: 0, failureRate: 0 },
    );
    assert.equal(perDay, 1 / 30);
    assert.deepEqual(leadTime, { median: DAY + HOUR, of: 1 });
  });

  it("count one that was taken back as failed, and how long users had it after it failed", () => {
    const { live, failureRate, timeToRestore } = figures(course({}), takenBack);
    assert.deepEqual(
      { live, failureRate, timeToRestore },
      { live: 1, failureRate: 0.5, timeToRestore: { median: HOUR, of: 1 } },
    );
  });

  it("count one that a rollback left as failed, also after a rotation of its secrets", () => {
    assert.equal(figures(course({}), rollback).failed, 1);
    const renewed = { ...rollback, replaces: { version: NEW.version, id: "r3" } };
    assert.equal(figures(course({}), renewed).failed, 1);
    const fromAnother = { ...rollback, replaces: { version: "0", id: "r0" } };
    assert.equal(figures(course({}), fromAnother).failed, 0);
  });

  it("count no change that had no users, and no rotation", () => {
    const refused = course({ usersAt: null, liveAt: null, exit: 2 });
    const { deployments, failureRate, leadTime } = figures(refused, course({ runbook: "rotate" }));
    assert.deepEqual(
      { deployments, failureRate, median: leadTime.median },
      { deployments: 0, failureRate: null, median: null },
    );
  });

  it("count a release that comes a second time from its second opening", () => {
    const again = course({ openedAt: 20 * DAY, usersAt: 20 * DAY, liveAt: 20 * DAY + HOUR });
    assert.deepEqual(figures(tested, course({}), again).leadTime, { median: (DAY + 2 * HOUR) / 2, of: 2 });
  });

  it("take an incident from its opening to its end", () => {
    const incident = course({ runbook: "incident", openedAt: DAY, closedAt: DAY + HOUR });
    assert.deepEqual(figures(incident).timeToRestore, { median: HOUR, of: 1 });
  });

  it("are the same in any order and at any date, and add up over spans", () => {
    fc.assert(
      fc.property(courses, time, (all, at) => {
        const whole = doraOf(all, "production", SPAN);
        assert.deepEqual(doraOf([...all].reverse(), "production", SPAN), whole);
        const later = (value: number | null) => (value === null ? null : value + DAY);
        const moved = all.map((one) => ({
          ...one,
          openedAt: one.openedAt + DAY,
          usersAt: later(one.usersAt),
          liveAt: later(one.liveAt),
          failedAt: later(one.failedAt),
          restoredAt: later(one.restoredAt),
          closedAt: later(one.closedAt),
        }));
        assert.deepEqual(doraOf(moved, "production", { from: DAY, to: SPAN.to + DAY }), whole);
        const cut = Math.min(at, SPAN.to);
        const parts = [
          doraOf(all, "production", { from: 0, to: cut }),
          doraOf(all, "production", { from: cut, to: SPAN.to }),
        ];
        for (const key of ["deployments", "live", "failed"] as const) {
          assert.equal(
            parts.reduce((sum, part) => sum + part[key], 0),
            whole[key],
          );
        }
        assert.ok(whole.failed <= whole.deployments && whole.live <= whole.deployments);
        assert.ok(whole.failureRate === null || (whole.failureRate >= 0 && whole.failureRate <= 1));
      }),
      RUNS,
    );
  });

  it("are read from the records, and a record that has ended is read once", async () => {
    const store = memoryStore();
    store.records.set("CHG-2026-11-22-001", failedPromote());
    const read: string[] = [];
    const counting = {
      ofStack: store.ofStack,
      outline: (change: string) => {
        read.push(change);
        return store.outline(change);
      },
    };
    const history = openCourses(counting, 100);
    const [found] = await history.read("production");
    assert.deepEqual(await history.read("production"), [found]);
    assert.equal(read.length, 1);
    const { usersAt, liveAt, failedAt, restoredAt, exit } = courseOf(failedPromote()) ?? assert.fail();
    assert.ok(usersAt !== null && failedAt !== null && restoredAt !== null && liveAt === null);
    assert.ok(usersAt < failedAt && failedAt < restoredAt);
    assert.equal(exit, 1);
  });
});
