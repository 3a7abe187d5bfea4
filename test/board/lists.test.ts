import assert from "node:assert/strict";
import fc from "fast-check";
import { type Calendar, WEEKDAYS, windowAt } from "../../infra/admission/calendar.ts";
import { weeksOf } from "../../infra/board/calendar-days.ts";
import { badInput } from "../../infra/errors.ts";
import { failedPromote } from "../reports/render/fixture.ts";
import { boardFor, closeBoards } from "./serving.ts";
import { boardOf, boardStack, NOW, READ_ONLY, settings, storeWith } from "./world.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const page = async (path: string, ...stacks: Parameters<typeof boardOf>) => {
  const answer = await boardFor(boardOf(...stacks), READ_ONLY).app.request(path);
  return { status: answer.status, text: await answer.text() };
};
const away = () =>
  boardStack({ name: "staging", open: () => Promise.reject(badInput("the stack file can't be read <b>")) });

const clock = fc.integer({ min: 0, max: 1_439 }).map((minute) => {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
});
const window = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
    from: clock,
    to: fc.oneof(clock, fc.constant("24:00")),
  })
  .filter(({ from, to }) => from !== to);
const freeze = fc
  .record({ begins: fc.integer({ min: -10, max: 40 }), days: fc.integer({ min: 0, max: 5 }) })
  .map(({ begins, days }) => {
    const dateOf = (day: number) => new Date(NOW + day * DAY).toISOString().slice(0, 10);
    return { name: "sale", from: dateOf(begins), to: dateOf(begins + days) };
  });

describe("the board's other pages", () => {
  afterEach(closeBoards);

  it("show each secret's age, and how to rotate what is due", async () => {
    const { text } = await page("/secrets", boardStack(), away());
    assert.match(text, /1 overdue, 0 due within 14 days/);
    assert.match(text, /91 days of 90d/);
    assert.match(text, /runbook rotate AFM_KEY --stack production --value-stdin/);
    assert.match(text, /the stack file can&#39;t be read &#60;b&#62;/);
  });

  it("say which secrets the service rotates by itself, and which need a person all the same", async () => {
    const rotation = { ...settings.rotation, auto: ["SESSION_SECRET" as const, "AFM_KEY" as const] };
    const { text } = await page("/secrets", boardStack({ settings: { ...settings, rotation } }));
    assert.equal(text.match(/by the service, after staging, in the change window/g)?.length, 1);
    assert.match(text, /runbook rotate AFM_KEY --stack production --value-stdin/);
  });

  it("show windows, freezes and who must approve, one calendar for stacks of the same rules", async () => {
    const changes = {
      timeZone: "Europe/Dublin",
      windows: [{ days: ["mon" as const], from: "09:00", to: "16:00" }],
      freezes: [{ name: "<i>winter</i>", from: "2026-12-20", to: "2027-01-03" }],
      approvals: { quorum: 2, expireAfter: DAY, approvers: ["Ada", "Grace", "Linus"], aliases: {} },
    };
    const rules = { settings: { ...settings, changes } };
    const { text } = await page(
      "/calendar",
      boardStack(rules),
      boardStack({ name: "eu", ...rules }),
      boardStack({ name: "free" }),
      away(),
    );
    assert.match(text, /production, eu/);
    assert.match(text, /09:00-16:00/);
    assert.match(text, /freeze: &#60;i&#62;winter/);
    assert.match(text, /2 must approve \(of Ada, Grace, Linus\)/);
    assert.match(text, /Closed/);
    assert.match(text, /staging can't be read: the stack file can&#39;t be read/);
    assert.match(text, /A change may begin at any time/);
  });

  it("show days as the change rules judge them", () => {
    const calendars = fc.record({
      windows: fc.array(window, { maxLength: 3 }),
      freezes: fc.array(freeze, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(calendars, fc.integer({ min: 0, max: 20 * 1_440 }), (parts, minute) => {
        const calendar: Calendar = { timeZone: "UTC", ...parts };
        const monday = Date.parse("2026-11-16T00:00:00Z");
        const instant = monday + minute * MINUTE;
        const text = new Date(instant).toISOString();
        const [date, time] = [text.slice(0, 10), text.slice(11, 16)];
        const day = weeksOf(calendar, NOW, 4)
          .flat()
          .find((one) => one.date === date);
        assert.ok(day !== undefined);
        const isIn = day.windows.some((span) => time >= span.slice(0, 5) && time < span.slice(6));
        const open = isIn && day.freezes.length === 0;
        assert.equal(open, windowAt(calendar, instant).open, JSON.stringify({ calendar, text, day }));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("show the history's figures and plots, and read a stack that is away later", async () => {
    const { status, text } = await page("/history", away(), boardStack({ store: storeWith(failedPromote()) }));
    assert.equal(status, 200);
    assert.match(text, /100 % \(1 of 1\)/);
    assert.match(text, /Change failure rate by week: production/);
    assert.match(text, /<svg role="img"/);
    assert.doesNotMatch(text, / style="|<style/);
    assert.match(text, /the stack file can&#39;t be read/);
  });

  it("are there without a stack, and others are not found", async () => {
    for (const path of ["/", "/secrets", "/calendar", "/history"]) assert.equal((await page(path)).status, 200, path);
    assert.equal((await page("/elsewhere")).status, 404);
    assert.equal((await page("/stacks/elsewhere", boardStack())).status, 404);
    assert.equal((await page("/changes/CHG-2026-11-22-099", boardStack())).status, 404);
    assert.equal((await page("/changes/..%2F..%2Fetc", boardStack())).status, 400);
  });

  it("ask which change is meant where two stores have one of the id", async () => {
    const [first, ...rest] = failedPromote();
    assert.ok(first !== undefined);
    const other = [{ ...first, data: { ...first.data, stack: "eu" } }, ...rest];
    const stacks = [
      boardStack({ store: storeWith(failedPromote()) }),
      boardStack({ name: "eu", store: storeWith(other) }),
    ];
    const { text } = await page(`/changes/${first.change}`, ...stacks);
    assert.match(text, new RegExp(`/changes/${first.change}\\?stack=production`));
    assert.match(text, new RegExp(`/changes/${first.change}\\?stack=eu`));
    assert.equal((await page(`/changes/${first.change}?stack=eu`, ...stacks)).status, 200);
  });
});
