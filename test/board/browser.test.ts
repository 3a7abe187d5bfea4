import assert from "node:assert/strict";
import { Hono } from "hono";
import type { Browser, Page } from "playwright-core";
import { createBoard } from "../../infra/board/app.ts";
import type { BoardIdentity } from "../../infra/board/identity.ts";
import { LIMITS } from "../../infra/board/live.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { PATIENCE, type Shown, show, startBrowser, violations } from "../browser/browser.ts";
import { canaryMoves } from "./canary.ts";
import { type Served, served } from "./serving.ts";
import { boardOf, boardStack, openChange, READ_ONLY, settings, standing, storeWith } from "./world.ts";

const IDENTITY: BoardIdentity = {
  ...READ_ONLY,
  proxy: { header: "X-Forwarded-Email", secret: "s3cret" },
};
const HEADERS = { "X-Forwarded-Email": "grace@example.com", "X-Runbooks-Proxy": "s3cret" };
const WIDE = { viewport: { width: 1100, height: 900 }, extraHTTPHeaders: HEADERS } as const;
const PHONE = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  deviceScaleFactor: 2,
  extraHTTPHeaders: HEADERS,
} as const;
const VIEWS = {
  light: { ...WIDE, colorScheme: "light" },
  dark: { ...WIDE, colorScheme: "dark" },
  "on a phone": { ...PHONE, colorScheme: "dark" },
} as const;
const MOVES = canaryMoves();
const CHANGE = MOVES[0]?.[0]?.change ?? "";
const CHANGE_PATH = `/changes/${CHANGE}?stack=production`;
const PAGES = ["/", "/stacks/production", CHANGE_PATH, "/secrets", "/calendar", "/history", "/elsewhere"];

const rules = {
  timeZone: "Europe/Dublin",
  windows: [{ days: ["mon" as const, "tue" as const], from: "09:00", to: "16:00" }],
  freezes: [{ name: "winter", from: "2026-12-20", to: "2027-01-03" }],
};

describe("the board in a browser", function () {
  this.timeout(4 * PATIENCE);
  let browser: Browser;
  let site: Served;
  const said: string[] = [];
  let store = storeWith();
  const play = (events: readonly ChangeEvent[]) => void store.records.set(CHANGE, [...events]);
  const opened = { change: openChange({ id: CHANGE }) };

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  beforeEach(async () => {
    store = storeWith(MOVES[0] ?? []);
    const production = boardStack({
      store,
      settings: { ...settings, changes: rules },
      standing: async () => standing(opened),
      actions: {
        approve: async () => "approved",
        resume: async () => "resumed",
        rollback: async () => "gone back",
        abort: async ({ by, reason }) => {
          said.push(`${by}: ${reason}`);
          return `${CHANGE}: aborted by ${by}`;
        },
      },
    });
    const staging = boardStack({ name: "staging", service: async () => null });
    // The sooner it looks, the sooner the spec has seen it.
    const board = createBoard(boardOf(production, staging), () => IDENTITY, { ...LIMITS, every: 100 });
    site = await served(board);
  });
  afterEach(() => site.stop());
  const open = (path: string, view: keyof typeof VIEWS): Promise<Shown> =>
    show(browser, `${site.url}${path}`, VIEWS[view]);

  for (const view of ["light", "dark", "on a phone"] as const) {
    it(`is without an error, a foreign request, a violation or a sideways scroll: ${view}`, async () => {
      for (const path of PAGES) {
        const { page, complaints, requests, close } = await open(path, view);
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })");
        const [width, room] = await Promise.all([
          page.evaluate<number>("document.documentElement.scrollWidth"),
          page.evaluate<number>("innerWidth"),
        ]);
        assert.ok(width <= room, `${path} is ${width} px wide on ${room} px`);
        assert.deepEqual(await violations(page), [], path);
        const expected = path === "/elsewhere" ? 1 : 0;
        assert.equal(complaints.length, expected, complaints.join("; "));
        assert.deepEqual(
          requests.filter((url) => !url.startsWith(site.url)),
          [],
          path,
        );
        await close();
      }
    });
  }

  it("shows a canary move from 5 to 100 % without a reload, and says it to a screen reader", async () => {
    const { page, complaints, close } = await open(CHANGE_PATH, "light");
    await page.getByText("Live: this page shows").waitFor({ timeout: PATIENCE });
    await page.evaluate("window.loadedOnce = true");
    const shown: string[] = [];
    for (const [place, weight] of [5, 25, 50, 100].entries()) {
      play(MOVES[place] ?? []);
      await seen(page, weight);
      shown.push((await page.locator("#news").textContent()) ?? "");
    }
    assert.deepEqual(
      shown.map((text) => /2026\.11\.22-3 \(\w+\) (\d+) %/.exec(text)?.[1]),
      ["5", "25", "50", "100"],
    );
    assert.equal(await page.locator("#news").getAttribute("role"), "status");
    assert.equal(await page.evaluate("window.loadedOnce"), true, "it wasn't loaded again");
    play(MOVES.at(-1) ?? []);
    await page.getByText("Ended: nothing changes here any more").waitFor({ timeout: PATIENCE });
    assert.deepEqual(complaints, []);
    await close();
  });

  /** Waits until the new release's bar shows a weight. */
  async function seen(page: Page, weight: number): Promise<void> {
    const bar = page.locator(".bars li", { hasText: "2026.11.22-3" }).locator(".share");
    await bar.filter({ hasText: new RegExp(`^${weight} %$`) }).waitFor({ timeout: PATIENCE });
  }

  it("keeps what is written and focused while the page moves on, and takes an abort by the keyboard", async () => {
    const { page, close } = await open(CHANGE_PATH, "light");
    await page.getByText("Live: this page shows").waitFor({ timeout: PATIENCE });
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to the content");
    const summary = page.locator("summary", { hasText: "Abort…" });
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("users complain");
    play(MOVES[1] ?? []);
    await seen(page, 25);
    const reason = page.locator("#abort-reason");
    assert.equal(await reason.inputValue(), "users complain");
    assert.equal(await page.evaluate("document.activeElement.id"), "abort-reason");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText(`${CHANGE}: aborted by grace@example.com`).waitFor({ timeout: PATIENCE });
    assert.deepEqual(said, ["grace@example.com: users complain"]);
    await close();
  });

  it("leads from the first page to a change and back, by its links", async () => {
    const { page, close } = await open("/", "on a phone");
    await page.getByRole("link", { name: CHANGE }).click();
    await page.waitForURL(`${site.url}${CHANGE_PATH}`);
    await page.getByRole("link", { name: "Stacks" }).click();
    await page.waitForURL(`${site.url}/`);
    await page.getByRole("link", { name: "production", exact: true }).click();
    await page.getByRole("heading", { name: "Rollback targets" }).waitFor({ timeout: PATIENCE });
    await close();
  });

  it("isn't shown in another site's frame", async () => {
    const framing = new Hono().get("/", (context) => context.html(`<iframe src="${site.url}/"></iframe>`));
    const other = await served({ app: framing, close: async () => undefined });
    try {
      const { page, close } = await show(browser, "about:blank", VIEWS.light);
      const refused = page.waitForEvent("requestfailed", { timeout: PATIENCE });
      await page.goto(other.url);
      assert.match((await refused).failure()?.errorText ?? "", /BLOCKED_BY_RESPONSE|BLOCKED_BY_CSP/);
      await close();
    } finally {
      await other.stop();
    }
  });
});
