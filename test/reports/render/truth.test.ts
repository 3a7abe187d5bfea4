import assert from "node:assert/strict";
import { z } from "zod";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import { renderHtml } from "../../../infra/reports/render/html.ts";
import { rounded } from "../../../infra/reports/render/markup.ts";
import { failedPromote, timedPromote } from "./fixture.ts";
import { longPromote, shortStories } from "./stories.ts";

const counted = z.object({ requests: z.number(), errors: z.number() });

/** What stands in an event's data at a path such as `evidence.canary.errors`; keys with dots in them are release ids. */
function valueAt(event: ChangeEvent, field: string): unknown {
  const [group = "", ...rest] = field.split(".");
  const keys = group === "weights" ? [group, rest.join(".")] : [group, ...rest];
  return keys.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    event.data,
  );
}

/** Every number of a page that says which event it is from, with what it shows. */
function claims(page: string) {
  return [...page.matchAll(/<data value="([^"]+)" ([^>]+)>([^<]+)<\/data>/g)].map(([, value, attributes, shown]) => ({
    value: Number(value),
    shown,
    attributes: Object.fromEntries(
      [...(attributes ?? "").matchAll(/data-([a-z-]+)="([^"]+)"/g)].map(([, k, v]) => [k, v]),
    ),
  }));
}

function check(events: readonly ChangeEvent[], page: string): number {
  const found = claims(page);
  for (const { value, shown, attributes } of found) {
    const event = events[Number(attributes.seq) - 1];
    assert.ok(event !== undefined && event.seq === Number(attributes.seq));
    assert.equal(shown, rounded(value));
    if (attributes["percent-of"] === undefined) {
      assert.equal(value, valueAt(event, attributes.field ?? ""), `event ${event.seq} ${attributes.field}`);
    } else {
      const { requests, errors } = counted.parse(valueAt(event, `evidence.${attributes["percent-of"]}`));
      assert.equal(value, requests === 0 ? 0 : Number(((100 * errors) / requests).toFixed(3)));
    }
  }
  return found.length;
}

/** The text that people read, without plots' axes, style and the numbers that say where they are from. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>|<svg .*?<\/svg>|<data .*?<\/data>|<time .*?<\/time>/gs, " ")
    .replace(/<[^>]+>/g, " ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

const NUMBER = /\d+(?:\.\d+)*/g;

/** Numbers that are told from several events: durations, counts of looks, events and what is left out. */
function derived(events: readonly ChangeEvent[]): Set<string> {
  const seconds = events.flatMap(({ data }) => (typeof data.seconds === "number" ? [data.seconds] : []));
  const parts = seconds.flatMap((value) => {
    const whole = Math.round(value);
    return [whole, Math.round(value * 1_000), Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), whole % 60];
  });
  const counts = events.map(({ seq }) => seq);
  return new Set([...parts, ...counts].map(String));
}

describe("the numbers on a record's page", function () {
  this.timeout(60_000);
  const stories: Record<string, ChangeEvent[]> = {
    "a canary that was taken back": failedPromote(),
    "a canary whose latency was judged": timedPromote(),
    "a canary of many looks": longPromote(),
    ...shortStories(),
  };

  for (const [name, events] of Object.entries(stories)) {
    it(`are those of the events: ${name}`, async () => {
      const page = await renderHtml(events);
      const told = check(events, page);
      const weights = events.some(({ type }) => type === "updated");
      assert.ok(!weights || told > 0, "the weights are told");
      const known = new Set(JSON.stringify(events).match(NUMBER));
      const more = derived(events);
      const unknown = [...textOf(page).matchAll(NUMBER)]
        .map(([token]) => token)
        .filter((token) => !known.has(token) && !more.has(token));
      assert.deepEqual(unknown, []);
    });
  }

  it("would be found out if one were another", async () => {
    const events = failedPromote();
    const page = await renderHtml(events);
    const forged = page.replace(/(<data value=")24("[^>]*>)24</, "$125$225<");
    assert.notEqual(forged, page);
    assert.throws(() => check(events, forged), /event 25 evidence\.canary\.errors/);
  });
});
