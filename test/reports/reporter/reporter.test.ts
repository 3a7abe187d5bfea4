import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import picocolors from "picocolors";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import { cut, type FrameOptions, frameOf } from "../../../infra/reports/reporter/frame.ts";
import { createReporter, type Result } from "../../../infra/reports/reporter/index.ts";
import { ascii } from "../../../infra/reports/reporter/plain.ts";
import { withheldReporter } from "../../../infra/reports/reporter/withheld.ts";
import { failedPromote } from "../render/fixture.ts";
import { captured, NOW, waitingView } from "./fixture.ts";

const RESULT: Result = {
  exit: 1,
  change: "CHG-2026-11-22-001",
  record: "/records/CHG-2026-11-22-001/record.html",
  stack: "production",
  resumeAt: null,
};

describe("a reporter of a session", () => {
  it("shows problems without what is secret in them", () => {
    const streams = captured(false);
    const reporter = withheldReporter(createReporter("plain", streams), createRedactor(["hunter2-hunter2"]));
    reporter.problems(["Job app-migrate: password hunter2-hunter2 was refused", "postgres://app:Pa55word@db is gone"]);
    assert.match(streams.err(), /password .redacted. was refused/);
    assert.doesNotMatch(streams.err(), /hunter2|Pa55/);
  });
});

describe("the JSON reporter", () => {
  const told = () => {
    const streams = captured(false);
    const reporter = createReporter("json", streams);
    for (const event of failedPromote()) reporter.event(event);
    reporter.tick(waitingView());
    reporter.problems(["policy digests: app has a tag"]);
    reporter.result(RESULT);
    return {
      lines: streams
        .out()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
      err: streams.err(),
    };
  };

  it("writes one event per line, its data at the top level", () => {
    const { lines } = told();
    assert.equal(lines.length, failedPromote().length + 1);
    const { at, change, step, type, weights } = lines[13];
    assert.deepEqual(
      { at, change, step, type, weights },
      {
        at: "2026-11-22T09:00:30.000Z",
        change: "CHG-2026-11-22-001",
        step: "canary-5",
        type: "updated",
        weights: { r0a1b2c3d4: 95, r9f8e7d6c5: 5 },
      },
    );
  });

  it("ends with the result, and keeps problems off stdout", () => {
    const { lines, err } = told();
    assert.deepEqual(lines.at(-1), { type: "result", ...RESULT });
    assert.equal(err, "error: policy digests: app has a tag\n");
  });

  it("lets no data take the place of the event's own fields", () => {
    const streams = captured(false);
    const [opened] = failedPromote();
    assert.ok(opened);
    createReporter("json", streams).event({ ...opened, data: { type: "result", step: "x", seq: 99, kept: "yes" } });
    const { type, step, seq, kept } = JSON.parse(streams.out());
    assert.deepEqual({ type, step, seq, kept }, { type: "opened", step: null, seq: 1, kept: "yes" });
  });
});

describe("the plain reporter", () => {
  it("writes one line of printable ASCII per event: time, change, step, type, text", () => {
    const streams = captured(false);
    const reporter = createReporter("plain", streams);
    for (const event of failedPromote()) reporter.event(event);
    reporter.result(RESULT);
    const lines = streams.out().trimEnd().split("\n");
    assert.equal(lines.length, failedPromote().length + 2);
    assert.ok(lines.every((line) => /^[\x20-\x7e]+$/.test(line)));
    assert.match(
      lines[28] ?? "",
      /^2026-11-22T09:02:06\.000Z CHG-2026-11-22-001 - updated the stack is updated in 6s: r0a1b2c3d4 100 %, r9f8e7d6c5 0 %$/,
    );
    assert.match(
      lines.at(-2) ?? "",
      /- result a gate or an update failed; the stack was brought back to where it was \(exit 1\)$/,
    );
    assert.match(lines.at(-1) ?? "", /- record \/records\/CHG-2026-11-22-001\/record\.html$/);
  });

  it("says when and how to resume a change that waits", () => {
    const streams = captured(false);
    createReporter("plain", streams).result({ ...RESULT, exit: 75, resumeAt: "2126-11-23T09:00:00.000Z" });
    assert.match(
      streams.out(),
      /result waiting until 2126-11-23T09:00:00\.000Z: then run `runbook resume --stack production` \(exit 75\)/,
    );
  });

  it("turns other letters into ASCII and breaks no line", () => {
    assert.equal(ascii("Zoë said:\n\t«no» — twice"), "Zoe said: ?no? ? twice");
  });
});

describe("the terminal reporter", () => {
  const ci = process.env.CI;
  beforeEach(() => {
    delete process.env.CI;
  });
  afterEach(() => {
    if (ci !== undefined) process.env.CI = ci;
  });

  it("gives way to plain lines without a terminal, and in CI", () => {
    const [opened] = failedPromote();
    assert.ok(opened);
    const piped = captured(false);
    createReporter("terminal", piped).event(opened);
    assert.match(piped.out(), /^2026-11-22T09:00:00\.000Z CHG-2026-11-22-001 - opened promote of/);
    process.env.CI = "true";
    const inCi = captured(true);
    createReporter("terminal", inCi).event(opened);
    assert.equal(inCi.out(), piped.out());
  });

  it("shows the change live, keeps what matters above it, and ends with the result", () => {
    const streams = captured(true);
    const reporter = createReporter("terminal", streams);
    for (const event of failedPromote().slice(0, 14)) reporter.event(event);
    reporter.tick(waitingView());
    const live = stripVTControlCharacters(streams.out());
    assert.match(live, /09:00:30 canary-5 updated the stack is updated in 6s/);
    assert.match(live, /promote 2026\.11\.22-3 on production {2}CHG-2026-11-22-001/);
    reporter.result(RESULT);
    assert.match(
      stripVTControlCharacters(streams.out()),
      /a gate or an update failed; the stack was brought back to where it was \(exit 1\)\nrecord \/records\/\S+\n$/,
    );
  });

  it("doesn't write the same picture twice, however often it is told", () => {
    const streams = captured(true);
    const reporter = createReporter("terminal", streams);
    const view = { ...waitingView(), action: { kind: "restore" as const } };
    for (let count = 0; count < 50; count += 1) reporter.tick(view);
    assert.equal(streams.out().match(/moving the weights back/g)?.length, 1);
    reporter.result(RESULT);
  });
});

describe("a picture of a change", () => {
  const options: FrameOptions = {
    change: "CHG-2026-11-22-001",
    stack: "production",
    seen: [
      { gate: "health", answer: "pass", summary: "answers" },
      { gate: "error-rate", answer: "hold", summary: "fewer than 100 requests yet ".repeat(9) },
    ],
    now: NOW + 30_000,
    columns: 72,
    colors: picocolors.createColors(false),
  };

  it("has the steps, the gates' last words, the weights and the countdown", () => {
    const lines = frameOf(waitingView(), options).split("\n");
    assert.equal(lines[0], "promote 2026.11.22-3 on production  CHG-2026-11-22-001");
    assert.equal(lines[1], "  ✓ release   add it at 0 %");
    assert.equal(lines[2], "  ▸ canary-5  5 % of the traffic  1m left");
    assert.equal(lines[3], "      pass health             answers");
    assert.match(lines[4] ?? "", /^ {6}hold error-rate {9}fewer than 100 requests/);
    assert.equal(lines[5], "  · finish    let the stack go");
    assert.match(lines[7] ?? "", /^ {2}█{23}░ {2}95 % {2}2026\.11\.20-1 \(r/);
    assert.match(lines[8] ?? "", /^ {2}█░{23} {3}5 % {2}2026\.11\.22-3 \(r/);
    assert.equal(lines.at(-1), "  next look in 1m: 5 % of the traffic");
  });

  it("is never wider than the terminal", () => {
    for (const columns of [40, 60, 72]) {
      const lines = frameOf(waitingView(), { ...options, columns }).split("\n");
      assert.ok(
        lines.every(({ length }) => length <= columns),
        `${columns}`,
      );
    }
  });

  it("shows a failure and says when time is shortened", () => {
    const { progress, ...view } = waitingView();
    const failed = { ...progress, failure: { at: NOW, reason: "a gate failed" } };
    const text = frameOf({ ...view, progress: failed, scale: 14_400 }, { ...options, columns: 100 });
    assert.match(text, /✗ canary-5/);
    assert.match(text, /\n {2}a gate failed\n/);
    assert.match(text, /time runs 14400 times faster here/);
  });

  it("cuts a text to its room", () => {
    assert.deepEqual([cut("abc", 3), cut("abcd", 3), cut("a\n b", 9)], ["abc", "ab…", "a b"]);
  });
});
