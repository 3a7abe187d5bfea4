import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { eventSchema } from "../../infra/records/events.ts";
import { renderHtml } from "../../infra/reports/render/html.ts";
import { show, startBrowser } from "./browser.ts";

/** A picture of a record's page for the README: `node test/browser/picture.ts EVENTS.jsonl docs/record.png`. */
const [from, to] = z.tuple([z.string(), z.string()]).parse(process.argv.slice(2));
const events = (await readFile(from, "utf8"))
  .trim()
  .split("\n")
  .map((line) => eventSchema.parse(JSON.parse(line)));
const folder = await mkdtemp(join(tmpdir(), "picture-"));
const page = join(folder, "record.html");
await writeFile(page, await renderHtml(events));
const browser = await startBrowser();
const shown = await show(browser, pathToFileURL(page).href, { viewport: { width: 1060, height: 1120 } });
await shown.page.screenshot({ path: to });
await browser.close();
await rm(folder, { recursive: true });
