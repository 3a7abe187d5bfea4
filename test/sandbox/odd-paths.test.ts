import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import pg from "pg";
import { openProcesses } from "../../sandbox/cloud/processes.ts";
import { makeTemplate, startPostgres } from "../../sandbox/cloud/stores/postgres.ts";
import { locatePostgres, withPlainPath } from "../../sandbox/cloud/stores/postgres-binaries.ts";

/** What a shell reads, and what people have in their folders' names. */
const ODD = ["a clone of $HOME", "it`s", 'the "new" one', "back\\slash", "Söhne & Co (2)"];

describe("the sandbox's Postgres in a folder of any name", function () {
  this.timeout(120_000);
  const { TMPDIR } = process.env;
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "odd-"));
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(dir, { recursive: true, force: true });
  });

  it(`comes up below ${ODD.join(", ")}`, async () => {
    const binaries = await locatePostgres();
    const native = dirname(dirname(binaries.initdb));
    const folder = join(dir, ...ODD);
    mkdirSync(dirname(folder), { recursive: true });
    cpSync(native, folder, { recursive: true, verbatimSymlinks: true });
    const moved = (path: string) => join(folder, relative(native, path));
    const stores = join(dir, ...ODD, "stores");
    mkdirSync(stores);
    process.env.TMPDIR = mkdtempSync(join(dir, "tmp-"));
    const processes = openProcesses(join(dir, "processes"));
    try {
      const odd = { initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
      const template = await makeTemplate(stores, "superuser", processes.spawnRecorded, Promise.resolve(odd));
      const options = { stage: "staging", dir: stores, password: "p", template };
      const { port } = await startPostgres({ ...options, spawnRecorded: processes.spawnRecorded });
      const client = new pg.Client(`postgresql://app:p@127.0.0.1:${port}/postgres`);
      await client.connect();
      assert.deepEqual((await client.query("select 1 as one")).rows, [{ one: 1 }]);
      await client.end();
    } finally {
      await processes.endAll();
    }
    assert.deepEqual(readdirSync(process.env.TMPDIR), [], "the copy is gone");
  });

  it("names both folders where the temporary one is no better", async () => {
    process.env.TMPDIR = join(dir, "$tmp");
    const there = { initdb: "/a$b/bin/initdb", postgres: "/a$b/bin/postgres" };
    await assert.rejects(
      withPlainPath(there, async () => undefined),
      /initdb runs neither in \/a\$b nor in .*\$tmp: .* set TMPDIR/,
    );
  });
});
