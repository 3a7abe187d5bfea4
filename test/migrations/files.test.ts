import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../../infra/errors.ts";
import { readMigrations } from "../../infra/migrations/files.ts";

const HEADER = "-- phase: expand\n-- reversible: no\n";
const FILE = `${HEADER}\n-- Up Migration\ncreate table t (id int);\n`;

describe("a folder of migrations", () => {
  let folder: string;
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const ids = async () => (await readMigrations(folder)).map(({ migration }) => migration.id);
  const refused = (pattern: RegExp) =>
    assert.rejects(readMigrations(folder), (error) => {
      assert.ok(error instanceof Refusal && error.exit === 2, String(error));
      assert.match(error.message, pattern);
      return true;
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "migrations-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is read in the order in which node-pg-migrate runs it: by number", async () => {
    for (const name of ["10_t.sql", "1_t.sql", "2_t.sql"]) put(name, FILE);
    assert.deepEqual(await ids(), ["1_t", "2_t", "10_t"]);
  });

  it("may have a byte order mark, the line ends of Windows, and names in capitals", async () => {
    put("0006_bom.sql", `\ufeff${FILE}`);
    put("0007_crlf.sql", FILE.replaceAll("\n", "\r\n"));
    put("0008_UPPER.SQL", FILE);
    const read = await readMigrations(folder);
    assert.deepEqual(
      read.map(({ migration, sections }) => [migration.id, migration.phase, migration.reversible, sections.up.trim()]),
      ["0006_bom", "0007_crlf", "0008_UPPER"].map((id) => [
        id,
        "expand",
        "no",
        "-- Up Migration\ncreate table t (id int);",
      ]),
    );
  });

  it("is refused where a file says something twice, whatever it says", async () => {
    put("0006_two.sql", `-- phase: expand\n-- reversible: yes\n-- phase: contract\n-- reversible: no\n${FILE}`);
    await refused(/0006_two\.sql: it says "phase" 3 times \(expand, contract, expand\).*\n.*"reversible" 3 times/s);
  });

  it("is refused where a header isn't known or is missing, all files at once", async () => {
    put("1_a.sql", "-- phase: expanding\n-- reversible: yes\nselect 1;");
    put("2_b.sql", "select 1;");
    await refused(
      /1_a\.sql: "-- phase: expanding" isn't known.*2_b\.sql: add the line "-- phase: expand" or.*2_b\.sql: add the line "-- reversible/s,
    );
  });

  it("is refused where it is empty, has other files alone, or a folder with a migration's name", async () => {
    await refused(/has no \*\.sql file: name the folder .*, or give --no-migrations/);
    put("README.md", "notes");
    await refused(/has no \*\.sql file/);
    mkdirSync(join(folder, "old.sql"));
    await refused(/old\.sql is a folder, and a migration is a file/);
  });

  it("is refused where two files have one name", async () => {
    put("1_a.sql", FILE);
    put("1_a.SQL", FILE);
    await refused(/1_a: there are two files of this name/);
  });

  it("says of each file whether it runs in a transaction", async () => {
    put("1_a.sql", FILE);
    put("2_b.sql", `-- transaction: no\n${FILE}`);
    assert.deepEqual(
      (await readMigrations(folder)).map(({ inTransaction }) => inTransaction),
      [true, false],
    );
  });
});
