import assert from "node:assert/strict";
import fc from "fast-check";
import { type Aging, overdueFrom, rotateBy, rotationAge } from "../../infra/domain/rotation-age.ts";

const DAY = 86_400_000;
const NEVER_LATER = Date.parse("2100-01-01");

const madeOn = (createdOn: string): Aging => ({
  current: "g2",
  generations: [
    { id: "g1", change: "bootstrap", createdOn: "2020-01-01" },
    { id: "g2", change: "CHG-2026-08-20-001", createdOn },
  ],
});
const windowAt = (secret: Aging, maxAge: number, time: string) => rotationAge(secret, maxAge, Date.parse(time)).state;

/** A day, as a stack's first update notes it, or a moment, as a rotation does. */
const created = fc
  .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().slice(0, 10)));
const maxAges = fc.integer({ min: 1, max: 3_650 * DAY });
const times = fc.integer({ min: Date.parse("2020-01-01"), max: NEVER_LATER });

describe("the age of a secret", () => {
  it("is overdue exactly from the day on which it reaches its limit, which the tag, the alarm and the status share", () => {
    fc.assert(
      fc.property(created, maxAges, times, (createdOn, maxAge, now) => {
        const secret = madeOn(createdOn);
        const { rotateBy: day, state, ageDays } = rotationAge(secret, maxAge, now);
        const limit = Date.parse(createdOn) + maxAge;
        assert.equal(day, rotateBy(secret, maxAge));
        assert.match(day, /^\d{4}-\d{2}-\d{2}$/);
        assert.ok(overdueFrom(day) <= limit && limit < overdueFrom(day) + DAY, "it is the limit's own day");
        assert.equal(state === "overdue", now >= overdueFrom(day));
        assert.ok(now < limit || state === "overdue", "nothing is older than its limit and not overdue");
        assert.equal(state === "due soon", now < overdueFrom(day) && overdueFrom(day) - now <= 14 * DAY);
        assert.ok(ageDays >= 0 && (ageDays === 0 || Date.parse(createdOn) + ageDays * DAY <= now));
      }),
    );
  });

  it("only grows with time, and a longer limit makes nothing due earlier", () => {
    const order = ["in time", "due soon", "overdue"];
    fc.assert(
      fc.property(created, maxAges, times, fc.nat(1_000 * DAY), (createdOn, maxAge, now, later) => {
        const secret = madeOn(createdOn);
        const [before, after] = [rotationAge(secret, maxAge, now), rotationAge(secret, maxAge, now + later)];
        assert.ok(before.ageDays <= after.ageDays);
        assert.ok(order.indexOf(before.state) <= order.indexOf(after.state));
        assert.ok(rotateBy(secret, maxAge) <= rotateBy(secret, maxAge + later));
      }),
    );
  });

  it("is told at each edge of its dates", () => {
    const secret = madeOn("2026-08-20");
    const maxAge = 90 * DAY;
    assert.deepEqual(rotationAge(secret, maxAge, Date.parse("2026-11-23T08:00:00Z")), {
      ageDays: 95,
      maxAge,
      rotateBy: "2026-11-18",
      state: "overdue",
    });
    assert.equal(windowAt(secret, maxAge, "2026-11-18T00:00:00.000Z"), "overdue");
    assert.equal(windowAt(secret, maxAge, "2026-11-17T23:59:59.999Z"), "due soon");
    assert.equal(windowAt(secret, maxAge, "2026-11-04T00:00:00.000Z"), "due soon");
    assert.equal(windowAt(secret, maxAge, "2026-11-03T23:59:59.999Z"), "in time");
    assert.equal(rotationAge(secret, maxAge, Date.parse("2026-08-20")).ageDays, 0);
  });

  it("is 0 days by a clock that runs behind", () => {
    assert.equal(rotationAge(madeOn("2026-11-23T12:00:00.000Z"), DAY, Date.parse("2026-11-20")).ageDays, 0);
  });

  it("can't be told of a generation that isn't there", () => {
    const lost: Aging = { ...madeOn("2026-08-20"), current: "g3" };
    assert.throws(() => rotateBy(lost, DAY), new Error("generation g3 is the current one and isn't on the stack"));
  });
});
