import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { locateChromium } from "../../tools/chromium.mjs";
import { ensureToolchain } from "../../tools/toolchain.mjs";

/** Milliseconds that a busy machine may take to start a browser or to show a page. */
export const PATIENCE = 60_000;

/** Starts Chromium, installed where there is none. */
export async function startBrowser(): Promise<Browser> {
  await ensureToolchain(["chromium"]);
  // As root, in a container or where user namespaces are off, Chromium's own sandbox can't be had; the pages are ours.
  return chromium.launch({
    executablePath: locateChromium() ?? "chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    timeout: PATIENCE,
  });
}

/** A page that is open, and everything that it complained about. */
export interface Shown {
  page: Page;
  complaints: string[];
  requests: string[];
  close(): Promise<void>;
}

export async function show(browser: Browser, url: string, options: BrowserContextOptions): Promise<Shown> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url, { timeout: PATIENCE });
  return { page, complaints, requests, close: () => context.close() };
}

const found = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

/** What axe-core finds wrong with a page: WCAG 2.2 A and AA, and its best practices. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile("node_modules/axe-core/axe.min.js", "utf8"));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const raw = await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => violations)`);
  return found.parse(raw).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}
