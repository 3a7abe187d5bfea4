import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { createBoard } from "../../infra/board/app.ts";
import { openStore } from "../../infra/records/open-store.ts";
import { PATIENCE, show, startBrowser } from "../browser/browser.ts";
import { served } from "./serving.ts";
import { boardOf, boardStack, READ_ONLY } from "./world.ts";

/**
 * The README's picture of the board, from the records of a run in the sandbox: `node test/board/picture.ts docs/board.png`. It is a change's page,
 * since everything on it stands in the record.
 */
const [to] = z.tuple([z.string()]).parse(process.argv.slice(2));
const RECORDS = fileURLToPath(new URL("../fixtures/written/records", import.meta.url));
const CHANGE = "CHG-2026-11-27-007";
const SECRET = "only the proxy in front of the board sends this";

const store = await openStore(pathToFileURL(RECORDS).href, { secrets: [] });
const board = createBoard(boardOf(boardStack({ store })), () => ({
  ...READ_ONLY,
  proxy: { header: "X-Auth-Request-Email", secret: SECRET },
}));
const site = await served(board);
const browser = await startBrowser();
const { page } = await show(browser, `${site.url}/changes/${CHANGE}`, {
  viewport: { width: 1060, height: 1000 },
  extraHTTPHeaders: { "X-Auth-Request-Email": "grace@example.com", "X-Runbooks-Proxy": SECRET },
});
await page.getByText("Live: this page shows").waitFor({ timeout: PATIENCE });
await page.screenshot({ path: to });
await browser.close();
await site.stop();
