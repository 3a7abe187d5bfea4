import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { openStore } from "../../infra/records/open-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { writePages } from "../../infra/reports/pages.ts";
import { failedPromote } from "../reports/render/fixture.ts";
import { shortStories } from "../reports/render/stories.ts";
import { PATIENCE, show, startBrowser, violations } from "./browser.ts";

const WIDE = { viewport: { width: 1100, height: 900 } } as const;
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, deviceScaleFactor: 2 } as const;
const VIEWS = {
  light: { ...WIDE, colorScheme: "light" },
  dark: { ...WIDE, colorScheme: "dark" },
  "on a phone": { ...PHONE, colorScheme: "light" },
} as const;

/** What is looked at in each view: the colours are the same on every page, the layout is the same in both schemes. */
const LOOKED_AT: Record<keyof typeof VIEWS, readonly string[]> = {
  light: ["canary", "with channels that were down", "stuck", "index"],
  dark: ["canary", "stuck"],
  "on a phone": ["canary", "index"],
};
const STORIES: Record<string, ChangeEvent[]> = { ...shortStories(), canary: failedPromote() };
const VIEW_NAMES = ["light", "dark", "on a phone"] as const;

describe("the records' pages in a browser", function () {
  this.timeout(4 * PATIENCE);
  let browser: Browser;
  let root: string;
  const pages: Record<string, string> = {};

  /** Puts a story's events into a store of their own id, and renders them as a change does when it ends. */
  async function keep(store: RecordStore, name: string, day: number): Promise<void> {
    const [first, ...rest] = STORIES[name] ?? assert.fail(name);
    assert.ok(first !== undefined);
    const change = await store.open("production", new Date(`2026-11-${day}T09:00:00Z`), first.data);
    for (const { seq, at, step, type, data } of rest) await store.append(change, seq, { at, step, type, data });
    pages[name] = pathToFileURL((await writePages(store, change, await store.read(change))).page).href;
  }
  const pageOf = (name: string) => pages[name] ?? assert.fail(name);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "pages-"));
    const store = await openStore(pathToFileURL(root).href, { secrets: [] });
    await keep(store, "canary", 20);
    await keep(store, "with channels that were down", 21);
    await keep(store, "stuck", 22);
    pages.index = pathToFileURL(join(root, "index.html")).href;
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await rm(root, { recursive: true, force: true });
  });

  for (const view of VIEW_NAMES) {
    it(`are without an error, a request, a violation or a sideways scroll: ${view}`, async () => {
      for (const name of LOOKED_AT[view]) {
        const url = pageOf(name);
        const { page, complaints, requests, close } = await show(browser, url, VIEWS[view]);
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })");
        const [width, room] = await Promise.all([
          page.evaluate<number>("document.documentElement.scrollWidth"),
          page.evaluate<number>("innerWidth"),
        ]);
        assert.ok(width <= room, `${name} is ${width} px wide on ${room} px`);
        assert.deepEqual(await violations(page), [], name);
        assert.deepEqual(complaints, [], name);
        assert.deepEqual(requests, [url], name);
        await close();
      }
    });
  }

  it("have plots with data in them, in the size that suits", async () => {
    for (const [options, shown] of [
      [VIEWS.light, ".wide"],
      [VIEWS["on a phone"], ".narrow"],
    ] as const) {
      const { page, close } = await show(browser, pageOf("canary"), options);
      const figures = page.locator("figure");
      assert.equal(await figures.count(), 3);
      for (const index of [0, 1, 2]) {
        const svg = figures.nth(index).locator(`${shown} svg`);
        assert.ok(await svg.isVisible());
        const lines = await svg
          .locator("path[stroke-width='2']")
          .evaluateAll((paths) => paths.map((path) => path.getAttribute("d") ?? ""));
        assert.ok(
          lines.some((line) => line.length > 20),
          "a line with points",
        );
        const box = await svg.boundingBox();
        assert.ok(box !== null && box.width > 250 && box.height > 150, JSON.stringify(box));
      }
      await close();
    }
  });

  it("tell in the first screen of a phone what happened, and take the keyboard", async () => {
    const { page, close } = await show(browser, pageOf("stuck"), VIEWS["on a phone"]);
    for (const text of ["Stuck", "it said no", "Where the traffic is", "runbook resume --stack production"]) {
      const box = await page.getByText(text, { exact: false }).first().boundingBox();
      assert.ok(box !== null && box.y + box.height <= 740, `"${text}" is on the first screen`);
    }
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("location.hash"), "#main");
    await close();
  });

  it("lead from the page of all changes to each record and back", async () => {
    const { page, close } = await show(browser, pageOf("index"), VIEWS.light);
    await page.getByRole("link", { name: "CHG-2026-11-20-001" }).click();
    await page.waitForURL(pageOf("canary"));
    assert.match((await page.locator("h1").textContent()) ?? "", /Taken back/);
    await page.getByRole("link", { name: "All changes" }).click();
    await page.waitForURL(pageOf("index"));
    await close();
  });

  it("print on white, with the numbers behind the plots", async () => {
    const { page, close } = await show(browser, pageOf("canary"), VIEWS.dark);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    assert.ok(await page.getByText("Each change of the weights").isVisible());
    assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
    await close();
  });
});
