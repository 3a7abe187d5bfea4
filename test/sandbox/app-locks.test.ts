import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createLog } from "../../sandbox/app/src/log.ts";
import { migrate } from "../../sandbox/app/src/migrate.ts";
import { startWorld, type World } from "./app-world.ts";

const HEADER = "-- phase: expand\n-- reversible: yes\n";
const TABLE = `${HEADER}-- Up Migration\ncreate table t (id int);\ninsert into t values (1), (1);\n-- Down Migration\ndrop table t;\n`;
const index = (unique: string) =>
  `${HEADER}-- transaction: no\n-- Up Migration\ncreate ${unique} index concurrently i on t (id);\n-- Down Migration\ndrop index concurrently i;\n`;
const COLUMN = `${HEADER}-- Up Migration\nalter table t add column c text;\n-- Down Migration\nalter table t drop column c;\n`;
const BROKEN = `${HEADER}-- Up Migration\nselect nothing_such;\n-- Down Migration\nselect 1;\n`;

describe("migrations of the reference workload", function () {
  this.timeout(60_000);
  let world: World;
  let url: string;
  let client: pg.Client;
  let folder: string;
  let lines: string[];

  before(async () => {
    world = await startWorld();
    url = world.environment.DATABASE_URL ?? "";
  });
  after(() => world?.close());
  beforeEach(async () => {
    lines = [];
    folder = await mkdtemp(join(tmpdir(), "migrations-"));
    // What the runbook's Job has in PGOPTIONS.
    client = new pg.Client({ connectionString: url, options: "-c lock_timeout=300" });
    await client.connect();
    await client.query("drop schema public cascade");
    await client.query("create schema public");
  });
  afterEach(async () => {
    await client.end();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.sql`), text);
  };
  const log = createLog({ level: "info", base: {}, secrets: [], write: (line) => void lines.push(line) });
  const go = (direction: "up" | "down", target: string) =>
    migrate(client, log, url, { directory: folder, direction, target });
  const applied = async () =>
    (await client.query("select name from pgmigrations order by run_on, id")).rows.map(({ name }) => name);
  const validity = async () =>
    (await client.query("select indisvalid from pg_index where indexrelid = to_regclass('i')")).rows;

  it("run outside of a transaction what says so, between the others, both ways", async () => {
    put({ "1_t": TABLE, "2_i": index(""), "10_c": COLUMN });
    await go("up", "10_c");
    assert.deepEqual(await applied(), ["1_t", "2_i", "10_c"]);
    assert.deepEqual(await validity(), [{ indisvalid: true }]);
    await go("down", "1_t");
    assert.deepEqual([await applied(), await validity()], [["1_t"], []]);
  });

  it("leave no invalid index, and take back what was kept before a part that fails", async () => {
    put({ "1_t": TABLE, "2_i": index("unique") });
    await assert.rejects(go("up", "2_i"), /2_i failed on its way up, outside of a transaction/);
    assert.deepEqual([await applied(), await validity()], [[], []]);
    put({ "2_i": index(""), "3_b": BROKEN });
    await assert.rejects(go("up", "3_b"), /3_b failed on its way up/);
    assert.deepEqual([await applied(), await validity()], [[], []]);
  });

  it("build an index again that an interrupted try has left invalid", async () => {
    put({ "1_t": TABLE, "2_i": index("") });
    await go("up", "1_t");
    await assert.rejects(client.query("create unique index concurrently i on t (id)"));
    assert.deepEqual(await validity(), [{ indisvalid: false }]);
    await go("up", "2_i");
    assert.deepEqual(await validity(), [{ indisvalid: true }]);
  });

  it("wait no longer for a lock than they were told, say who holds it, and go through once it is free", async () => {
    put({ "1_t": TABLE, "2_c": COLUMN });
    await go("up", "1_t");
    const [holder, reader] = [
      new pg.Client({ connectionString: url, application_name: "a report" }),
      new pg.Client(url),
    ];
    await Promise.all([holder.connect(), reader.connect()]);
    try {
      await holder.query("begin");
      await holder.query("select * from t");
      const migrated = go("up", "2_c");
      let longest = 0;
      while (!lines.some((line) => line.includes("tried again"))) {
        const started = performance.now();
        await reader.query("select count(*) from t");
        longest = Math.max(longest, performance.now() - started);
      }
      await holder.query("commit");
      await migrated;
      assert.deepEqual(await applied(), ["1_t", "2_c"]);
      const told = lines.find((line) => line.includes("tried again")) ?? "";
      assert.match(told, /"application":"a report"/);
      assert.doesNotMatch(told, /select \* from t/);
      assert.ok(longest < 3_000, `a read stood still for ${longest} ms`);
    } finally {
      await Promise.all([holder.end(), reader.end()]);
    }
  });
});
