import assert from "node:assert/strict";
import { mock } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Board, createBoard } from "../../infra/board/app.ts";
import { type Limits, writingTo } from "../../infra/board/live.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { failedPromote } from "../reports/render/fixture.ts";
import { type Served, served } from "./serving.ts";
import { boardOf, boardStack, READ_ONLY, standing, storeWith } from "./world.ts";

const STORY = failedPromote();
const CHANGE = STORY[0]?.change ?? "";
const LIMITS: Limits = { every: 10, most: 3, beat: 60, patience: 5_000 };
const PATH = `/changes/${CHANGE}/events?stack=production`;

/** The record up to the nth time that weights were moved. */
const upTo = (moves: number): ChangeEvent[] => {
  const places = STORY.flatMap(({ type, data }, index) =>
    type === "updated" && data.weights !== undefined ? [index] : [],
  );
  return STORY.slice(0, (places[moves - 1] ?? 0) + 1);
};

/** Follows a stream: what has come so far, and a wait for more. */
async function following(url: string) {
  const controller = new AbortController();
  const answer = await fetch(url, { signal: controller.signal });
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  return {
    answer,
    text: () => text,
    ended: reading,
    leave: () => controller.abort(),
    async until(isThere: (text: string) => boolean) {
      for (const last = Date.now() + 20_000; !isThere(text); await delay(5)) {
        assert.ok(Date.now() < last, `not seen in ${text.slice(-500)}`);
      }
    },
  };
}

const until = async (isSo: () => boolean) => {
  for (const last = Date.now() + 20_000; !isSo(); await delay(5)) assert.ok(Date.now() < last);
};

describe("a page that can't be written to", () => {
  it("isn't dropped later for what was over", async () => {
    const fails = () => Promise.reject(new Error("the stream is closed"));
    let dropped = 0;
    const abort = () => {
      dropped += 1;
    };
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const outgoing = writingTo({ aborted: false, abort, write: fails, writeSSE: fails }, 1_000);
      await assert.rejects(outgoing.end(), /the stream is closed/);
      mock.timers.tick(1_000);
    } finally {
      mock.timers.reset();
    }
    assert.equal(dropped, 0);
  });
});

describe("an open page of the board", function () {
  this.timeout(60_000);
  let board: Board;
  let site: Served;
  let reads = 0;
  let store = storeWith();

  beforeEach(async () => {
    store = storeWith(upTo(2));
    const counted = {
      ...store,
      readAfter: (change: string, seq: number) => {
        reads += 1;
        return store.readAfter(change, seq);
      },
    };
    board = createBoard(
      boardOf(boardStack({ store: counted, standing: async () => standing() })),
      () => READ_ONLY,
      LIMITS,
    );
    site = await served(board);
  });
  afterEach(() => site.stop());

  it("is sent what it shows, then only what has changed, to the end of the change", async () => {
    const stream = await following(`${site.url}${PATH}`);
    assert.match(stream.answer.headers.get("Content-Type") ?? "", /^text\/event-stream/);
    await stream.until((text) => text.includes("event: news"));
    const before = stream.text().length;
    assert.match(stream.text(), /"id":"banner"/);
    store.records.set(CHANGE, upTo(3));
    await stream.until(
      (text) => /"id":"banner"/.test(text.slice(before)) && text.slice(before).includes("event: news"),
    );
    assert.doesNotMatch(stream.text().slice(before), /"id":"told"/, "what hasn't changed isn't sent again");
    store.records.set(CHANGE, STORY);
    await stream.until((text) => text.includes("event: end"));
    await stream.ended;
    await until(() => board.followed() === 0);
  });

  it("hears that the stream lives while there is nothing new, and is forgotten when it goes", async () => {
    const stream = await following(`${site.url}${PATH}`);
    await stream.until((text) => text.split(": nothing new").length > 3);
    assert.equal(board.followed(), 1);
    stream.leave();
    await until(() => board.followed() === 0);
    const before = reads;
    await delay(10 * LIMITS.every);
    assert.ok(reads <= before + 1, "nobody looks: the store isn't asked any more");
  });

  it("is read once for all who look", async () => {
    const streams = await Promise.all([1, 2, 3].map(() => following(`${site.url}${PATH}`)));
    for (const stream of streams) await stream.until((text) => text.includes("event: news"));
    const [before, began] = [reads, performance.now()];
    await delay(20 * LIMITS.every);
    const rounds = (performance.now() - began) / LIMITS.every;
    assert.ok(reads - before <= rounds + 2, `${reads - before} readings in ${rounds} rounds`);
    const refused = await fetch(`${site.url}${PATH}`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("Retry-After"), "30");
    await refused.text();
    for (const stream of streams) stream.leave();
    await until(() => board.followed() === 0);
  });

  it("goes on where the store goes away and comes back, and says so", async () => {
    const stream = await following(`${site.url}${PATH}`);
    await stream.until((text) => text.includes("event: news"));
    const { readAfter } = store;
    store.readAfter = () => Promise.reject(new Error("the bucket doesn't answer"));
    await stream.until((text) => text.includes("the bucket doesn&#39;t answer"));
    store.readAfter = readAfter;
    store.records.set(CHANGE, upTo(4));
    const before = stream.text().length;
    await stream.until((text) => /"id":"away","html":""/.test(text.slice(before)));
    stream.leave();
    await until(() => board.followed() === 0);
  });

  it("keeps nothing of pages that were opened and closed many times", async () => {
    for (let round = 0; round < 100; round += 1) {
      const stream = await following(`${site.url}${round % 2 === 0 ? PATH : "/events"}`);
      await stream.until((text) => text.includes("event: news"));
      stream.leave();
      await until(() => board.followed() === 0);
    }
  });

  it("ends when the service does, so that the browser asks another one", async () => {
    const stream = await following(`${site.url}${PATH}`);
    await stream.until((text) => text.includes("event: news"));
    board.close();
    await stream.ended;
    assert.doesNotMatch(stream.text(), /event: end/);
  });
});
