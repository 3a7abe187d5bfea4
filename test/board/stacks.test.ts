import assert from "node:assert/strict";
import fc from "fast-check";
import { cardHtml, summaryOf } from "../../infra/board/pages/stacks.ts";
import { cardOf, type StackFacts } from "../../infra/board/stack-card.ts";
import { badInput } from "../../infra/errors.ts";
import { failedPromote } from "../reports/render/fixture.ts";
import { canaryMoves } from "./canary.ts";
import { boardFor, closeBoards } from "./serving.ts";
import { boardOf, boardStack, NOW, openChange, READ_ONLY, settings, standing, storeWith } from "./world.ts";

const kept = <Value>(value: Value) => ({ value, at: NOW, problem: null });
const facts = (parts: Partial<StackFacts> = {}): StackFacts => ({
  name: "production",
  seen: kept({ settings, standing: standing() }),
  events: [],
  service: kept(null),
  now: NOW,
  ...parts,
});
const page = async (...stacks: Parameters<typeof boardOf>) => {
  const answer = await boardFor(boardOf(...stacks), READ_ONLY).app.request("/");
  return { status: answer.status, text: await answer.text() };
};

describe("the board's first page", () => {
  afterEach(closeBoards);

  it("shows each stack's releases, weights, change, what comes next, who is on call and which service runs it", async () => {
    const store = storeWith(failedPromote());
    const open = boardStack({ store, standing: async () => standing({ change: openChange() }) });
    const { status, text } = await page(open, boardStack({ name: "staging" }));
    assert.equal(status, 200);
    for (const said of [
      "2026.11.20-1",
      "95 %",
      "CHG-2026-11-22-001",
      "/changes/CHG-2026-11-22-001?stack=production",
      "Ada Lovelace",
      "process 7 on runner-0",
      "step canary-25, once canary-5 has passed",
      "2026-11-22 12:05:00 UTC",
      "AFM_KEY",
      "platform-on-call",
      "1 change is under way on 2 stacks",
    ]) {
      assert.ok(text.includes(said), said);
    }
  });

  it("says what can't be read of one stack, and shows the others", async () => {
    const away = boardStack({ standing: () => Promise.reject(badInput("records: the bucket doesn't answer")) });
    const { text } = await page(away, boardStack({ name: "staging" }));
    assert.match(text, /records: the bucket doesn&#39;t answer/);
    assert.match(text, /Nothing of it is known yet/);
    assert.match(text, /staging/);
    assert.match(text, /look at production \(can&#39;t be read\), staging \(a secret is overdue\)/);
  });

  it("shows what it knew last while a stack can't be read", () => {
    const card = cardOf(
      facts({ seen: { ...kept({ settings, standing: standing() }), problem: "the API server is away" } }),
    );
    assert.deepEqual(card.problems, ["the API server is away"]);
    assert.equal(card.releases.length, 2);
    assert.equal(card.word, "Can't be read");
  });

  it("shows the weights that the record has moved since the stack was read", () => {
    const events = failedPromote().filter(({ step }) => step === null || step === "release" || step === "canary-5");
    const value = { settings, standing: standing({ change: openChange() }) };
    const seen = { value, at: Date.parse("2026-11-22T09:00:05Z"), problem: null };
    const weights = cardOf(facts({ seen, events })).releases.map(({ id, weight }) => [id, weight]);
    assert.deepEqual(Object.fromEntries(weights), { r0a1b2c3d4: 100, r9f8e7d6c5: 0 });
  });

  it("shows how a change stands by its record where that has moved on since the stack was read", () => {
    const approvals = { quorum: 1, by: [], expiresAt: "2026-11-23T00:00:00.000Z" };
    const change = openChange({ step: null, state: "awaiting approval", approvals });
    const seen = {
      value: { settings, standing: standing({ change }) },
      at: Date.parse("2026-11-22T11:00:05Z"),
      problem: null,
    };
    const [first = [], , , , ended = []] = canaryMoves();
    assert.equal(cardOf(facts({ seen, events: [] })).word, "Awaits approval");
    const card = cardOf(facts({ seen, events: first }));
    assert.deepEqual([card.word, card.change?.step, card.change?.done], ["Under way", "canary-5", { steps: 0, of: 4 }]);
    const after = cardOf(facts({ seen, events: ended }));
    assert.deepEqual([after.word, after.change], ["Quiet", null]);
  });

  it("has words for a stuck, an unwatched, a returning, an awaited and a waiting change", () => {
    const word = (change: Parameters<typeof openChange>[0], last?: string) => {
      const events = failedPromote().slice(0, 2);
      const [first] = events;
      const ended = last === undefined || first === undefined ? events : [first, { ...first, seq: 2, type: last }];
      return cardOf(
        facts({ seen: kept({ settings, standing: standing({ change: openChange(change) }) }), events: ended }),
      ).word;
    };
    assert.equal(word({}, "stuck"), "Stuck");
    assert.equal(word({ unwatchedSince: "2026-11-22T11:00:00.000Z" }), "Unwatched");
    assert.equal(word({ state: "returning" }), "Going back");
    const approvals = { quorum: 2, by: ["Grace"], expiresAt: "2026-11-23T00:00:00.000Z" };
    assert.equal(word({ state: "awaiting approval", approvals }), "Awaits approval");
    assert.equal(word({}), "Waiting");
    assert.equal(word({ state: "due" }), "Under way");
    assert.equal(cardOf(facts()).word, "Quiet");
    assert.equal(cardOf(facts({ seen: { value: null, at: null, problem: null } })).word, "Being read");
  });

  it("says from when on a change may begin where none is under way", () => {
    const frozen = {
      timeZone: "UTC",
      windows: [],
      freezes: [{ name: "sale", from: "2026-11-20", to: "2026-11-25" }],
    };
    const { idle } = cardOf(
      facts({ seen: kept({ settings: { ...settings, changes: frozen }, standing: standing() }) }),
    );
    assert.equal(idle?.at, "2026-11-26T00:00:00.000Z");
    assert.match(idle?.what ?? "", /sale/);
  });

  it("escapes whatever people and other programs have written", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        `<script>alert(1)</script>`,
        `" onload="x`,
        `'><img src=x>`,
        "\u202Egnp.exe",
        "&lt;b&gt;",
        "</textarea>",
      ),
    );
    const quiet = facts();
    const shape = (html: string) => html.replace(/>[^<]*/g, ">").replace(/="[^"]*"/g, "");
    const change = (text: string) =>
      openChange({
        runbook: text,
        step: text,
        state: text,
        onCall: text,
        override: text,
        approvals: { quorum: 2, by: [text], expiresAt: "2026-11-23T00:00:00.000Z" },
      });
    const card = (text: string) => {
      const [release] = standing().status.releases;
      const status = standing({
        gateway: text,
        change: change(text),
        releases: release === undefined ? [] : [{ ...release, id: text, version: text }],
      });
      return cardHtml(
        cardOf({
          ...quiet,
          name: text,
          seen: { value: { settings, standing: status }, at: NOW, problem: text || "x" },
          service: { value: { who: text, since: "2026-11-22T11:00:00.000Z", lookedAt: null }, at: NOW, problem: null },
        }),
        0,
      ).html;
    };
    const plain = shape(card("plain"));
    fc.assert(
      fc.property(hostile, (text) => assert.equal(shape(card(text)), plain)),
      { seed: 3, numRuns: 300 },
    );
  });

  it("says so where no stack is served", () => {
    assert.equal(summaryOf([]), "No stack is served.");
  });

  it("asks for the stacks in turns, and shows many without waiting for all", async () => {
    let [now, most] = [0, 0];
    const slow = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((go) => setTimeout(go, 30));
      now -= 1;
      return standing();
    };
    const stacks = Array.from({ length: 200 }, (_, index) => boardStack({ name: `stack-${index}`, standing: slow }));
    const { text } = await page(...stacks);
    assert.match(text, /stack-199/);
    assert.match(text, /Being read/);
    assert.ok(most <= 2, `${most} at once`);
  });

  it("lets a browser load nothing but the board's own files, and no other site frame it", async () => {
    const answer = await boardFor(boardOf(boardStack()), READ_ONLY).app.request("/");
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:/);
    const text = await answer.text();
    assert.doesNotMatch(text, / style="|<style|<script(?! type="module" src="\/assets\/)| on[a-z]+="/);
    for (const [, path = ""] of text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      assert.equal((await boardFor(boardOf(), READ_ONLY).app.request(path)).status, 200, path);
    }
  });
});
