import assert from "node:assert/strict";
import fc from "fast-check";
import { headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";
import { describe as inWords } from "../../../infra/reports/render/describe.ts";
import { renderHtml } from "../../../infra/reports/render/html.ts";
import { renderMarkdown } from "../../../infra/reports/render/markdown.ts";
import { seriesOf } from "../../../infra/reports/render/series.ts";
import { timelineOf, viewOf } from "../../../infra/reports/render/view.ts";
import { CHANGE, failedPromote, timedPromote } from "./fixture.ts";

describe("a record's view", () => {
  const view = viewOf(failedPromote());

  it("tells how each step went, the ones that never began too", () => {
    const states = view.steps.map(({ name, state }) => [name, state]);
    assert.deepEqual(states, [
      ["release", "done"],
      ["canary-5", "done"],
      ["canary-25", "failed"],
      ["canary-100", "not begun"],
      ["finish", "not begun"],
    ]);
  });

  it("keeps each gate's last word and how often it looked", () => {
    const canary = view.steps.find(({ name }) => name === "canary-25");
    const words = canary?.verdicts.map(({ gate, answer, looks }) => [gate, answer, looks]);
    assert.deepEqual(words, [
      ["read-back", "pass", 1],
      ["health", "pass", 1],
      ["error-rate", "fail", 2],
    ]);
  });

  it("has a gate in the timeline only where its answer changed", () => {
    const gates = timelineOf(failedPromote()).filter(({ type }) => type === "gate");
    assert.deepEqual(
      gates.map(({ step, text }) => [step, text.slice(0, 15)]),
      [
        ["release", "health pass: r9"],
        ["release", "login pass: r9f"],
        ["canary-5", "error-rate pass"],
        ["canary-25", "health pass: r9"],
        ["canary-25", "error-rate pass"],
        ["canary-25", "error-rate fail"],
      ],
    );
  });

  it("has a reading in the timeline only where it says something else", () => {
    const [first] = failedPromote();
    assert.ok(first !== undefined);
    const readings = ["none", "none", "some", "some"].map((summary, seq) => ({
      ...first,
      seq,
      step: "unused",
      type: "sampled",
      data: { task: "key-uses", summary, result: null },
    }));
    assert.deepEqual(
      timelineOf(readings).map(({ seq, text }) => [seq, text]),
      [
        [0, "none"],
        [2, "some"],
      ],
    );
  });

  it("finds an event that was changed", () => {
    const events = failedPromote();
    const altered = events.map((event) => (event.seq === 6 ? { ...event, type: "note" } : event));
    assert.deepEqual(
      viewOf(altered).findings.map(({ seq }) => seq),
      [6],
    );
  });
});

describe("a record's plots", () => {
  const { names } = viewOf(failedPromote());

  it("show weights, error rates and evidence as they were recorded", () => {
    const { weights, errorRates, evidence } = seriesOf(failedPromote(), names);
    const values = weights.map(({ name, points }) => [name, points.map(([, weight]) => weight)]);
    assert.deepEqual(values, [
      ["2026.11.20-1 (r0a1b2c3d4)", [100, 100, 95, 75, 100, 100, 100]],
      ["2026.11.22-3 (r9f8e7d6c5)", [0, 0, 5, 25, 0, 0, 0]],
    ]);
    assert.deepEqual(errorRates[1]?.points.at(-1), [Date.parse("2026-11-22T09:02:00Z"), 3.429]);
    assert.deepEqual(
      evidence.lines[0]?.points.map(([, e]) => e),
      [0.7, 0.9, 2.4, 8.1, 3400],
    );
    assert.equal(evidence.threshold, 20);
  });

  it("show median and p99 of both releases and the evidence, and leave out what is above every bound", () => {
    const { latencies, latencyEvidence } = seriesOf(timedPromote(), names);
    assert.deepEqual(
      latencies.map(({ name, points }) => [name, points.map(([, milliseconds]) => milliseconds)]),
      [
        ["the release before, median", [6.2, 6.1]],
        ["the release before, p99", [24, 25]],
        ["the new release, median", [6.4, 256.5]],
        ["the new release, p99", [31]],
      ],
    );
    assert.deepEqual(
      latencyEvidence.lines[0]?.points.map(([, e]) => e),
      [0.9, 7.5],
    );
    assert.equal(latencyEvidence.threshold, 102);
  });

  it("are empty for a record that has nothing to show", () => {
    const [opened] = failedPromote();
    assert.ok(opened);
    const nothing = { lines: [], threshold: null };
    const empty = {
      weights: [],
      marks: [],
      errorRates: [],
      evidence: nothing,
      latencies: [],
      latencyEvidence: nothing,
    };
    assert.deepEqual(seriesOf([opened], names), empty);
  });
});

describe("a record as HTML", () => {
  it("stands alone: no script, no request, style and five plots inside, each for two widths", async () => {
    const page = await renderHtml(timedPromote());
    assert.equal(page.match(/<svg /g)?.length, 10);
    assert.equal(page.match(/<title id="plot-\d(-narrow)?-title">/g)?.length, 10);
    assert.deepEqual(page.match(/<script|<link|<img|src=|url\((?!#)|@import/g), null);
    const addresses = page.match(/https?:\/\/[^"' ]+/g) ?? [];
    assert.deepEqual([...new Set(addresses)], ["http://www.w3.org/2000/svg"]);
  });

  it("escapes what people wrote", async () => {
    const page = await renderHtml(failedPromote());
    assert.ok(!page.includes("<b>by</b>"));
    assert.ok(page.includes("&#60;b&#62;by&#60;/b&#62; month &#38; quarter"));
  });

  it("gives every table a caption and no id twice", async () => {
    const page = await renderHtml(failedPromote());
    assert.equal(page.match(/<caption>/g)?.length, page.match(/<table /g)?.length);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("leaves out plots that have nothing to show", async () => {
    assert.equal((await renderHtml(failedPromote())).match(/<svg /g)?.length, 6);
    const page = await renderHtml(failedPromote().slice(0, 4));
    assert.ok(page.includes("The promote of 2026.11.22-3 on production is under way."));
    assert.ok(!page.includes("<svg"));
  });
});

describe("a record as Markdown", () => {
  it("has the facts, the steps, the failed gate's evidence and the timeline", () => {
    const text = renderMarkdown(failedPromote());
    assert.ok(text.startsWith(`# ${CHANGE}\n`));
    assert.ok(text.includes("| Outcome | restored (exit 1): the stack was brought back to where it was |"));
    assert.ok(text.includes("| On call | Ada Lovelace |"));
    assert.ok(text.includes("### canary-25: error-rate fail"));
    assert.ok(
      text.includes("| 33 | 2026-11-22T09:02:37.000Z |  | closed | restored (exit 1): the stack was brought back"),
    );
    assert.ok(!text.includes("<b>"));
  });

  it("says where the chain is broken", () => {
    const events = failedPromote().filter(({ seq }) => seq !== 7);
    assert.ok(renderMarkdown(events).includes("- event 7 is missing or out of order: event 8 stands in its place"));
  });
});

describe("an event in words", () => {
  const known = [...new Set(failedPromote().map(({ type }) => type))];

  it("is one line whatever its data", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known, "unheard-of"), fc.jsonValue(), (type, value) => {
        const data = { value: JSON.parse(JSON.stringify(value)) };
        const event = seal(CHANGE, NO_HEAD, { at: "2026-11-22T09:00:00.000Z", step: null, type, data });
        assert.ok(inWords(event).length > 0);
        assert.ok(renderMarkdown([event]).includes(`| ${type.replaceAll("_", "\\_")} |`));
      }),
    );
  });

  it("says what the store noted", () => {
    const head = headAfter({ ...(failedPromote()[0] ?? assert.fail()) }, 0);
    const late = seal(CHANGE, head, { at: "2026-11-22T08:00:00.000Z", step: null, type: "note", data: { text: "hm" } });
    assert.equal(inWords(late), "hm [the clock had gone back to 2026-11-22T08:00:00.000Z]");
  });
});
