import assert from "node:assert/strict";
import fc from "fast-check";
import { type Calendar, calendarSchema, nextOpening, WEEKDAYS, windowAt } from "../../infra/admission/calendar.ts";

const MINUTE = 60_000;
const ZONES = ["UTC", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];

const at = (text: string): number => Date.parse(text);
const isOpen = (calendar: Calendar, text: string): boolean => windowAt(calendar, at(text)).open;
const calendar = (parts: object): Calendar => calendarSchema.parse({ timeZone: "UTC", ...parts });
const every = [...WEEKDAYS];

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
const window = fc
  .record({ days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }), from: clock, to: clock })
  .filter(({ from, to }) => from !== to);
// Around the year's end and both changes of the clock, in both hemispheres.
const instant = fc
  .tuple(
    fc.constantFrom(
      "2026-12-31T12:00Z",
      "2026-03-28T12:00Z",
      "2026-10-24T12:00Z",
      "2026-03-07T12:00Z",
      "2026-10-31T12:00Z",
    ),
    fc.integer({ min: 0, max: 3 * 24 * 60 }),
  )
  .map(([base, minutes]) => at(base) + minutes * MINUTE);

describe("change windows", () => {
  it("are always open where there are none, and where one covers every day", () => {
    const whole = calendar({ windows: [{ days: every, from: "00:00", to: "24:00" }] });
    fc.assert(
      fc.property(instant, fc.constantFrom(...ZONES), (now, timeZone) => {
        assert.equal(windowAt({ ...calendar({}), timeZone }, now).open, true);
        assert.equal(windowAt({ ...whole, timeZone }, now).open, true);
      }),
    );
  });

  it("open with the minute they begin at, and are closed at the minute they end at", () => {
    const office = calendar({ timeZone: "Europe/Dublin", windows: [{ days: ["mon"], from: "09:00", to: "16:30" }] });
    // Monday the 6th of July 2026, in summer time: an hour ahead of UTC.
    assert.equal(isOpen(office, "2026-07-06T07:59:59.999Z"), false);
    assert.equal(isOpen(office, "2026-07-06T08:00:00Z"), true);
    assert.equal(isOpen(office, "2026-07-06T15:29:59.999Z"), true);
    assert.equal(isOpen(office, "2026-07-06T15:30:00Z"), false);
    assert.equal(isOpen(office, "2026-07-07T09:00:00Z"), false);
  });

  it("go on past midnight, from the day they began on, over the year's end too", () => {
    const night = calendar({ windows: [{ days: ["thu"], from: "22:00", to: "02:00" }] });
    assert.equal(isOpen(night, "2026-12-31T21:59:00Z"), false);
    assert.equal(isOpen(night, "2026-12-31T23:59:59Z"), true);
    assert.equal(isOpen(night, "2027-01-01T00:00:00Z"), true);
    assert.equal(isOpen(night, "2027-01-01T02:00:00Z"), false);
    assert.equal(isOpen(night, "2026-12-31T01:00:00Z"), false);
  });

  it("leave out the hour that the clock jumps over, and open twice in the one that comes twice", () => {
    const small = calendar({ timeZone: "Europe/Dublin", windows: [{ days: every, from: "01:15", to: "01:45" }] });
    // 29 March 2026: 01:00 becomes 02:00.
    assert.equal(isOpen(small, "2026-03-29T00:59:59Z"), false);
    assert.equal(isOpen(small, "2026-03-29T01:15:00Z"), false);
    assert.deepEqual(windowAt(small, at("2026-03-29T00:30:00Z")), {
      open: false,
      why: "it is sun 2026-03-29 00:30 in Europe/Dublin, outside every change window (every day 01:15-01:45)",
      opensAt: at("2026-03-30T00:15:00Z"),
    });
    // 25 October 2026: 02:00 becomes 01:00.
    for (const text of ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]) assert.equal(isOpen(small, text), true, text);
    assert.equal(isOpen(small, "2026-10-25T01:10:00Z"), false);
    assert.equal(nextOpening(small, at("2026-10-25T00:50:00Z")), at("2026-10-25T01:15:00Z"));
  });

  it("that begin in the hour that is jumped over open when the clock has jumped", () => {
    const early = calendar({ timeZone: "America/New_York", windows: [{ days: ["sun"], from: "02:30", to: "04:00" }] });
    assert.equal(nextOpening(early, at("2026-03-08T00:00:00Z")), at("2026-03-08T07:00:00Z"));
  });
});

describe("freezes", () => {
  const december = calendar({
    timeZone: "America/New_York",
    freezes: [{ name: "year's end", from: "2026-12-20T18:00", to: "2027-01-03" }],
  });

  it("hold from their first minute to the end of their last day, by the zone's clock", () => {
    assert.equal(isOpen(december, "2026-12-20T22:59:59Z"), true);
    assert.equal(isOpen(december, "2026-12-20T23:00:00Z"), false);
    assert.equal(isOpen(december, "2027-01-01T00:00:00Z"), false);
    assert.equal(isOpen(december, "2027-01-04T04:59:59Z"), false);
    assert.equal(isOpen(december, "2027-01-04T05:00:00Z"), true);
  });

  it("say their name and when they end, and win over a window", () => {
    const both = { ...december, windows: calendar({ windows: [{ days: every, from: "00:00", to: "24:00" }] }).windows };
    assert.deepEqual(windowAt(both, at("2026-12-25T12:00:00Z")), {
      open: false,
      why: 'the freeze "year\'s end" holds from 2026-12-20T18:00 to 2027-01-03 (America/New_York)',
      opensAt: at("2027-01-04T05:00:00Z"),
    });
  });

  it("are one unbroken span where the hour comes twice", () => {
    const night = calendar({
      timeZone: "Europe/Dublin",
      freezes: [{ name: "clock", from: "2026-10-25T01:30", to: "2026-10-25T01:45" }],
    });
    assert.equal(isOpen(night, "2026-10-25T00:29:59Z"), true);
    for (const text of ["2026-10-25T00:30:00Z", "2026-10-25T00:50:00Z", "2026-10-25T01:44:59Z"])
      assert.equal(isOpen(night, text), false, text);
    assert.equal(isOpen(night, "2026-10-25T01:45:00Z"), true);
  });

  it("say when they end, however far ahead that is", () => {
    const long = calendar({ freezes: [{ name: "wind-down", from: "2026-01-01", to: "2036-01-01" }] });
    assert.equal(windowAt(long, at("2026-06-01T00:00:00Z")).open, false);
    assert.equal(nextOpening(long, at("2026-06-01T00:00:00Z")), at("2036-01-02T00:00:00Z"));
  });
});

describe("the next opening", () => {
  it("is open, and nothing before it is, minute by minute", () => {
    const parts = fc.record({
      timeZone: fc.constantFrom(...ZONES),
      windows: fc.array(window, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(parts, instant, (given, now) => {
        const rules = calendar(given);
        if (windowAt(rules, now).open) return;
        const opens = nextOpening(rules, now);
        assert.ok(opens !== null && opens > now);
        assert.equal(windowAt(rules, opens).open, true);
        const looked = Math.min(opens, now + 36 * 60 * MINUTE);
        for (let minute = now; minute < looked; minute += MINUTE) {
          assert.equal(
            rules.windows.some((one) => shows(one, wallTimeAt(minute, rules.timeZone))),
            false,
            new Date(minute).toISOString(),
          );
        }
      }),
      { numRuns: 30 },
    );
  }).timeout(120_000);
});

const clocks = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }),
  ]),
);

/** What the zone's clock shows, as if the zone were UTC: by Intl alone, without what is tested. */
function wallTimeAt(instant: number, timeZone: string): number {
  return Date.parse(`${clocks.get(timeZone)?.format(instant).replace(" ", "T")}Z`);
}

/** The plain reading of a window: each of its minutes, one after the other, from every day it begins on. */
function shows({ days, from, to }: Calendar["windows"][number], wall: number): boolean {
  const day = 86_400_000;
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const length = (minutes(to) - minutes(from) + 1_440) % 1_440;
  return [0, 1].some((back) => {
    const midnight = Math.floor(wall / day) * day - back * day;
    const name = new Intl.DateTimeFormat("en", { weekday: "short", timeZone: "UTC" }).format(midnight).toLowerCase();
    const since = (wall - midnight) / MINUTE - minutes(from);
    return days.some((one) => one === name) && since >= 0 && since < length;
  });
}

describe("a calendar's settings", () => {
  it("refuse a zone, a time and a day that don't exist, and a window or freeze that ends before it begins", () => {
    const wrong = calendarSchema.safeParse({
      timeZone: "Europe/Atlantis",
      windows: [
        { days: ["mon"], from: "25:00", to: "26:00" },
        { days: [], from: "09:00", to: "17:00" },
        { days: ["mon"], from: "09:00", to: "09:00" },
      ],
      freezes: [
        { name: "no day", from: "2026-02-30", to: "2026-03-05" },
        { name: "backwards", from: "2026-03-02", to: "2026-03-01" },
      ],
    });
    const paths = (wrong.error?.issues ?? []).map(({ path }) => path.join("."));
    assert.deepEqual(paths, [
      "timeZone",
      "windows.0.from",
      "windows.0.to",
      "windows.1.days",
      "windows.2.from",
      "freezes.0.from",
      "freezes.1.to",
    ]);
  });
});
