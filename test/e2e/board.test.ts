import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { parseLine } from "../../infra/records/chain.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import type { Load } from "../../verification/load/load.ts";
import { PATIENCE, show, startBrowser } from "../browser/browser.ts";
import { resultOf, until } from "./commands.ts";
import { type Service, startService } from "./services.ts";
import { openWorld, type World } from "./world.ts";

const SECRET = "only the proxy in front of the board sends this";
const PROXY = { RUNBOOKS_BOARD_PROXY_SECRET: SECRET };
const GRACE = { "X-Auth-Request-Email": "grace@example.com", "X-Runbooks-Proxy": SECRET };
const NEW = "2026.11.24-2";
describe("a change that is opened by a command, approved and aborted on the board, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let service: Service;
  let browser: Browser;
  let load: Load;
  let page: Page;
  let change: string;
  before(async () => {
    world = await openWorld();
    const release = await world.release("v2", NEW);
    const deployed = await world.runbook("deploy", "--stack", "staging", "--release", release, "--wait", "--json");
    assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
    const stacks = ["--stack", "staging", "--stack", "production"];
    service = await startService({ ...world, env: { ...world.env, ...PROXY } }, ...stacks);
    browser = await startBrowser();
    load = await world.load("production");
  });
  after(async () => {
    await browser?.close();
    await load?.stop();
    await service?.kill("SIGKILL");
    await world?.down();
  });

  const events = async (): Promise<ChangeEvent[]> => {
    const folder = world.env.RUNBOOKS_RECORDS?.replace("file://", "") ?? "";
    const text = await readFile(join(folder, change, "events.jsonl"), "utf8");
    return text.split("\n").flatMap((line) => parseLine(line) ?? []);
  };
  /** Opens an action's form, writes the reason and sends it. */
  const act = async (name: string, reason: string) => {
    await page.locator("summary", { hasText: `${name}…` }).click();
    await page.locator(`#${name.toLowerCase()}-reason`).fill(reason);
    await page.getByRole("button", { name }).click();
  };
  const weight = (percent: number) =>
    page
      .locator(".bars li", { hasText: NEW })
      .locator(".share")
      .filter({ hasText: new RegExp(`^${percent} %$`) })
      .waitFor({ timeout: 2 * PATIENCE });

  it("is left to the service, and shown on the board as waiting for approval", async () => {
    const file = await world.settings("production", {
      "production-runbooks:runner": "cluster",
      "production-runbooks:changes": { approvals: { quorum: 1, expireAfter: "1h" } },
    });
    await until("a leader of production", 30, async () =>
      service.lines.some(({ stack, message }) => stack === "production" && message.startsWith("leads")),
    );
    const args = ["promote", "--from", "staging", "--to", "production", "--config-file", file, "--json"];
    const { code, stdout, stderr } = await world.runbook(...args, "--reason", "summaries for documents");
    assert.equal(code, 75, stdout + stderr);
    change = resultOf(stdout).change ?? assert.fail(stdout);
    const shown = await show(browser, `${service.url}/`, {
      viewport: { width: 1060, height: 1000 },
      extraHTTPHeaders: GRACE,
    });
    page = shown.page;
    await page.getByText("Awaits approval", { exact: false }).first().waitFor({ timeout: PATIENCE });
    await page.getByRole("link", { name: change }).click();
  });

  it("begins once it is approved there, and is seen to move without a reload", async () => {
    await act("Approve", "the migration is small");
    await page.getByText("approved by grace@example.com, 1 of 1 approvals").waitFor({ timeout: PATIENCE });
    await page.getByRole("link", { name: "Back to the page" }).click();
    await page.getByText("Live: this page shows").waitFor({ timeout: PATIENCE });
    await page.evaluate("window.loadedOnce = true");
    await weight(5);
    await weight(25);
    assert.equal(await page.evaluate("window.loadedOnce"), true, "it wasn't loaded again");
  });

  it("goes back when it is aborted there, with every name and reason in its record, and no release fails a request", async () => {
    await act("Abort", "the customer asked");
    await page.getByText(`${change}: aborted by grace@example.com`).waitFor({ timeout: PATIENCE });
    await page.getByRole("link", { name: "Back to the page" }).click();
    await page
      .getByText("Taken back")
      .first()
      .waitFor({ timeout: 2 * PATIENCE });
    await until("the end of the change", 60, async () => (await events()).at(-1)?.type === "closed");
    const told = await events();
    const data = (type: string) => told.find((event) => event.type === type)?.data;
    assert.deepEqual(data("approved"), { by: "grace@example.com", reason: "the migration is small" });
    assert.equal(data("abort-requested")?.reason, "aborted by grace@example.com: the customer asked");
    assert.equal(data("closed")?.exit, 1);
    const { byRelease, errors, longestPauseMs } = await load.stop();
    // A browser takes the load's own time on the same cores: that none is lost on the way is what the service's own spec asks.
    for (const [release, { failed }] of Object.entries(byRelease)) {
      if (release !== "none") assert.equal(failed, 0, JSON.stringify({ byRelease, errors, longestPauseMs }));
    }
    const verified = await world.runbook("records", "verify", change);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });
});
