import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "../../infra/records/open-store.ts";
import { writePages } from "../../infra/reports/pages.ts";
import { runbook } from "../e2e/world.ts";

describe("runbook records", function () {
  this.timeout(60_000);
  let root: string;
  let change: string;
  const records = (...args: string[]) => runbook(["records", ...args, "--records", pathToFileURL(root).href]);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "records-"));
    const store = await openStore(pathToFileURL(root).href, { secrets: [] });
    const at = new Date("2026-11-22T09:00:00Z");
    change = await store.open("staging", at, { runbook: "deploy", onCall: "Ada" });
    for (const seq of [2, 3, 4]) {
      await store.append(change, seq, {
        at: at.toISOString(),
        step: null,
        type: "note",
        data: { text: `note ${seq}` },
      });
    }
  });
  after(() => rm(root, { recursive: true, force: true }));

  it("lists, shows and verifies what is whole", async () => {
    const listed = await records("list");
    assert.match(listed.stdout, /CHG-2026-11-22-001 .* staging {2}deploy {2}open {2}on call: Ada/);
    assert.match((await records("show", change)).stdout, /note 3/);
    const verified = await records("verify", change);
    assert.equal(verified.stdout, `${change}: the chain is intact (4 events)\n`);
    assert.equal(verified.code, 0);
  });

  it("opens one change's page and that of all changes: without a browser it prints where they are", async () => {
    const page = (await records("open", change)).stdout.trim();
    assert.equal(page, join(root, change, "record.html"));
    assert.match(await readFile(page, "utf8"), /<h1>.*Under way/);
    const index = (await records("open")).stdout.trim();
    assert.equal(index, join(root, "index.html"));
    assert.match(await readFile(index, "utf8"), new RegExp(`href="${change}/record.html"`));
  });

  it("names the event that was changed, cut or moved, and leaves with 1", async () => {
    const file = join(root, change, "events.jsonl");
    const whole = await readFile(file, "utf8");
    const [one, two, three, four] = whole.trimEnd().split("\n");
    const harmed: [string, string, RegExp][] = [
      ["changed", whole.replace("note 2", "note 9"), /event 2 was changed/],
      ["cut", `${[one, two, three].join("\n")}\n`, /event 4 was cut off/],
      ["reordered", `${[one, three, two, four].join("\n")}\n`, /event 2 is missing or out of order: event 3 stands/],
      ["left out", `${[one, two, four].join("\n")}\n`, /event 3 is missing or out of order/],
    ];
    for (const [what, text, problem] of harmed) {
      await writeFile(file, text);
      const verified = await records("verify", change);
      assert.match(verified.stderr, problem, what);
      assert.equal(verified.code, 1, what);
    }
    await writeFile(file, whole);
  });

  it("says that a folder isn't there, as after a slip in its name", async () => {
    const { code, stderr } = await runbook(["records", "list", "--records", pathToFileURL(join(root, "recrods")).href]);
    assert.equal(code, 2);
    assert.match(stderr, /there is no folder .*recrods: no change was ever recorded there/);
  });

  it("hands a terminal and a page nothing that they would obey", async () => {
    const store = await openStore(pathToFileURL(root).href, { secrets: [] });
    const at = new Date("2026-11-23T09:00:00Z");
    const reason = "\u001bc all fine \u202e \u009b2J";
    const hostile = await store.open("staging", at, { runbook: "deploy", onCall: "Ada", reason });
    const { page } = await writePages(store, hostile, await store.read(hostile));
    const texts = [
      (await records("show", hostile)).stdout,
      (await records("list")).stdout,
      await readFile(page, "utf8"),
      await readFile(page.replace(/html$/, "md"), "utf8"),
    ];
    for (const text of texts) assert.doesNotMatch(text, /[^\P{Cc}\n\t]|\p{Cf}/u);
    assert.match(texts[0] ?? "", /\?c all fine \? \?2J/);
  });
});
