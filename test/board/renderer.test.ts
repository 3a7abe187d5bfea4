import assert from "node:assert/strict";
import type { Part } from "../../infra/board/frame.ts";
import { viewChange } from "../../infra/board/render/change-view.ts";
import { openRenderer } from "../../infra/board/render/renderer.ts";
import { canaryMoves } from "./canary.ts";
import { NOW } from "./world.ts";

const MOVES = canaryMoves();
const textOf = (parts: readonly Part[]) => parts.map(({ id, html }) => `${id}: ${html.html}`).join("\n");

describe("the thread that renders", function () {
  this.timeout(60_000);
  const renderer = openRenderer();
  after(() => renderer.close());

  it("gives what is rendered at once, of a record that comes in pieces", async () => {
    for (const [place, events] of MOVES.entries()) {
      const { view: shown } = await renderer.change("production", events, NOW + place * 10_000);
      const { view } = await viewChange(events, NOW, null);
      assert.equal(shown.title, view.title);
      assert.equal(shown.news, view.news);
      assert.equal(textOf([...shown.top, ...shown.rest]), textOf([...view.top, ...view.rest]));
    }
  });

  it("draws the plots of a record that grows now and then, and all of them at its end", async () => {
    const traffic = async (events: (typeof MOVES)[number], now: number) => {
      const { view } = await renderer.change("now and then", events, now);
      return view.rest.find(({ id }) => id === "traffic")?.html.html ?? assert.fail();
    };
    const first = await traffic(MOVES[0] ?? [], NOW);
    assert.equal(await traffic(MOVES[1] ?? [], NOW + 1_000), first);
    assert.notEqual(await traffic(MOVES[2] ?? [], NOW + 10_000), first);
    const whole = (await viewChange(MOVES.at(-1) ?? [], NOW, null)).view.rest.find(({ id }) => id === "traffic");
    assert.equal(await traffic(MOVES.at(-1) ?? [], NOW + 10_500), whole?.html.html);
  });

  it("renders a record anew that it doesn't know any more, among many", async () => {
    const [first = []] = MOVES;
    for (let other = 0; other < 60; other += 1) await renderer.change(`other ${other}`, first.slice(0, 2), NOW);
    const { view: shown } = await renderer.change("production", MOVES.at(-1) ?? [], NOW);
    assert.equal(shown.ended, true);
  });

  it("is started again where it has died, and refuses what it was at work on", async () => {
    const under = renderer.change("production", MOVES[1] ?? [], NOW);
    const refused = assert.rejects(under, /the thread that renders has ended/);
    await renderer.close();
    await refused;
    assert.match((await renderer.change("production", MOVES[1] ?? [], NOW)).view.news, /25 %/);
  });
});
