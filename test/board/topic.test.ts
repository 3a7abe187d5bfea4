import assert from "node:assert/strict";
import { followChange } from "../../infra/board/changes.ts";
import { viewChange } from "../../infra/board/render/change-view.ts";
import type { Renderer } from "../../infra/board/render/renderer.ts";
import { openTopic } from "../../infra/board/topic.ts";
import { unhandledIn } from "../unhandled.ts";
import { canaryMoves } from "./canary.ts";
import { boardStack, NOW, storeWith } from "./world.ts";

const [FIRST = [], SECOND = []] = canaryMoves();
const CHANGE = FIRST[0]?.change ?? "";
const VIEWER = { name: null, why: "nobody is signed in" };

describe("what an open page follows", () => {
  it("goes on where readings fail, and says why once", async () => {
    let reads = 0;
    const told: string[] = [];
    const read = async () => {
      reads += 1;
      if (reads === 2 || reads === 3) throw new Error("the thread that renders has ended");
      return reads;
    };
    const topic = openTopic(read, 1, (problem) => told.push(problem));
    const unhandled = await unhandledIn(async () => {
      assert.equal(await topic.latest(), 1);
      const { promise, resolve } = Promise.withResolvers<number>();
      const leave = topic.listen(resolve);
      assert.equal(await promise, 4);
      leave();
    });
    assert.deepEqual(unhandled, []);
    assert.deepEqual(told, ["what an open page shows can't be read: the thread that renders has ended"]);
  });
});

describe("a change's page that can't be rendered", () => {
  /** A page whose renderings numbered by `fails` fail. */
  function page(fails: readonly number[]) {
    const store = storeWith(FIRST);
    const told: string[] = [];
    let renderings = 0;
    const renderer: Pick<Renderer, "change"> = {
      async change(_key, events, now) {
        renderings += 1;
        if (fails.includes(renderings)) throw new Error("it has no memory left\n    at worker.ts:1");
        return { view: (await viewChange(events, now, null)).view, took: 0 };
      },
    };
    const follow = followChange(boardStack({ store }), CHANGE, {
      renderer,
      now: () => NOW,
      tell: (problem) => void told.push(problem),
    });
    const look = async () => {
      const { parts, news } = (await follow()).snapshot(VIEWER);
      return { news, away: parts.find(({ id }) => id === "away")?.html.html ?? "" };
    };
    return { store, told, look };
  }

  it("is shown as it was rendered last, with why, until it can be", async () => {
    const { store, told, look } = page([2]);
    const first = await look();
    assert.equal(first.away, "");
    store.records.set(CHANGE, SECOND);
    const failed = await look();
    assert.equal(failed.news, first.news);
    assert.match(
      failed.away,
      /This page can&#39;t be rendered now\. This is what was rendered last: it has no memory left<\/p>/,
    );
    assert.match(told.join(), /^the page of CHG-\S+ on production can't be rendered: it has no memory left\n/);
    let next = await look();
    while (next.away !== "") next = await look();
    assert.notEqual(next.news, first.news);
    assert.equal(told.length, 1);
  });

  it("is refused where it never was", async () => {
    const { look } = page([1]);
    await assert.rejects(look(), /it has no memory left/);
    assert.equal((await look()).away, "");
  });
});
