import assert from "node:assert/strict";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import { renderIndex } from "../../../infra/reports/render/index-page.ts";
import { renderMarkdown } from "../../../infra/reports/render/markdown.ts";
import { summaryOf } from "../../../infra/reports/render/summary.ts";
import { verdictOf } from "../../../infra/reports/render/verdict.ts";
import { viewOf } from "../../../infra/reports/render/view.ts";
import { failedPromote } from "./fixture.ts";
import { longPromote, shortStories } from "./stories.ts";

const STORIES: Record<string, ChangeEvent[]> = {
  ...shortStories(),
  done: longPromote(),
  "taken back": failedPromote(),
};

const standing = (name: string) => {
  const events = STORIES[name] ?? assert.fail(name);
  return verdictOf(events, viewOf(events));
};
const asked = (name: string) => standing(name).asked.map(({ text, command }) => command ?? text);

describe("how a change stands", () => {
  it("is said in a word", () => {
    const words = Object.keys(STORIES).map((name) => [name, standing(name).word, standing(name).tone]);
    assert.deepEqual(words, [
      ["just opened", "Under way", "hold"],
      ["planned", "Under way", "hold"],
      ["under way", "Under way", "hold"],
      ["waiting", "Waiting", "hold"],
      ["awaits approval", "Awaits approval", "hold"],
      ["going back", "Going back", "bad"],
      ["stuck", "Stuck", "bad"],
      ["refused", "Refused", "bad"],
      ["approved and overridden", "Under way", "hold"],
      ["with channels that were down", "Taken back", "bad"],
      ["altered", "Taken back", "bad"],
      ["done", "Done", "good"],
      ["taken back", "Taken back", "bad"],
    ]);
  });

  it("says where the traffic was left last, or what the plan found", () => {
    const traffic = (name: string) =>
      standing(name).traffic.map(({ field, weight }) => [field.replace("weights.", ""), weight]);
    assert.deepEqual(traffic("just opened"), []);
    assert.deepEqual(traffic("planned"), [["base.releases.0.weight", 100]]);
    assert.deepEqual(traffic("under way"), [
      ["r0a1b2c3d4", 95],
      ["r9f8e7d6c5", 5],
    ]);
    assert.deepEqual(traffic("taken back"), [["r0a1b2c3d4", 100]]);
  });

  it("asks for what is to be done, with the command", () => {
    assert.deepEqual(asked("done"), ["Nothing."]);
    assert.deepEqual(asked("stuck"), ["runbook resume --stack production"]);
    assert.deepEqual(asked("awaits approval"), ["runbook approve CHG-2026-11-22-002 --stack production"]);
    assert.deepEqual(asked("waiting"), ["runbook resume --stack production"]);
    assert.deepEqual(asked("under way"), ["runbook status --stack production --watch"]);
    const down = asked("with channels that were down");
    assert.ok(down.includes("Tell them yourself: slack wasn't told: answered 500: not now (4 tries)"));
    assert.ok(down.includes("Tell them yourself: webhook may not have been told: gave no answer in time"));
    assert.ok(down.some((text) => text.includes("ticket.md")));
  });

  it("asks for nobody to be told whom a later try has told", () => {
    const events = STORIES["with channels that were down"] ?? [];
    const first = events.find(({ type }) => type === "announced") ?? assert.fail();
    const deliveries = [
      { channel: "slack", delivered: "yes", detail: "" },
      { channel: "webhook", delivered: "unknown", detail: "broke off" },
    ];
    const later = { ...first, data: { ...first.data, deliveries } };
    const { asked } = verdictOf([...events, later], viewOf(events));
    const untold = asked.map(({ text }) => text).filter((text) => text.startsWith("Tell them yourself"));
    assert.deepEqual(untold, ["Tell them yourself: webhook may not have been told: broke off"]);
  });

  it("says why it failed: the reason, then the gates that had not passed", () => {
    assert.deepEqual(standing("taken back").why, [
      'a gate failed at "25 % of the traffic"',
      "error-rate: fails more often than r0a1b2c3d4; r9f8e7d6c5 24 of 700 requests failed",
    ]);
    assert.deepEqual(standing("stuck").why, ["it said no"]);
  });
});

describe("approvals", () => {
  it("stand in the record whatever their events are called", () => {
    const text = renderMarkdown(STORIES["approved and overridden"] ?? []);
    assert.match(text, /## Approvals/);
    assert.match(text, /\| approved \| by: Grace Hopper; reason: staging has passed \|/);
    assert.match(text, /\| window-overridden \| by: Grace Hopper; reason: users wait; window: mon-fri 09:00-16:00 \|/);
  });
});

describe("the page of all changes", () => {
  const summaries = Object.values(STORIES).flatMap((events) => {
    const [first, last] = [events[0], events.at(-1)];
    return first === undefined || last === undefined ? [] : [summaryOf(first, last)];
  });

  it("leads with the open ones and counts the closed", () => {
    const page = renderIndex(summaries, 7, (change) => `${change}/record.html`);
    assert.match(page, /Under way: CHG-2026-11-22-002/);
    assert.match(page, /Closed: 1 done, 4 taken back or refused\./);
    assert.match(page, /7 older changes are not listed here/);
    assert.match(page, /<a href="CHG-2026-11-22-001\/record\.html">/);
  });

  it("links nothing that isn't there, and says that there is nothing", () => {
    assert.doesNotMatch(
      renderIndex(summaries, 0, () => null),
      /<a href="CHG/,
    );
    assert.match(
      renderIndex([], 0, () => null),
      /There is no change record yet\./,
    );
  });
});
