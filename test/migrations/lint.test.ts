import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Finding } from "../../infra/migrations/finding.ts";
import { findingText } from "../../infra/migrations/finding.ts";
import { lintMigrations } from "../../infra/migrations/lint.ts";
import { file } from "./fixture.ts";

const told = (findings: readonly Finding[]) => findings.map(({ line, level, rule }) => `${line} ${level} ${rule}`);
const KEEPS = "-- nothing is lost\nselect 1;";

describe("the lint of migrations", function () {
  this.timeout(30_000);

  it("finds nothing in what only adds", async () => {
    const made = file(
      "0001",
      { reversible: "lossy" },
      "create table t (id bigint);\ncreate index i on t (id);",
      "drop table t;",
    );
    const more = file("0002", {}, "alter table t add column note text;", "alter table t drop column note;");
    assert.deepEqual(await lintMigrations([made, more]), []);
  });

  it("names file, line, rule and remedy of what breaks the release before", async () => {
    const up =
      "alter table t add column must text not null;\nalter table t rename column a to b;\nalter table t drop column c;";
    const findings = await lintMigrations([file("0003", {}, up, KEEPS)]);
    assert.deepEqual(told(findings), [
      "4 error adding-required-field",
      "5 error renaming-column",
      "6 error ban-drop-column",
    ]);
    const [first] = findings;
    assert.ok(first);
    assert.match(
      findingText(first),
      /^0003\.sql:4: error adding-required-field: .* Give it a default or leave it nullable/,
    );
  });

  it("lets a contracting migration take away, unless it says that nothing is lost", async () => {
    const up = "alter table t drop column c;";
    assert.deepEqual(told(await lintMigrations([file("0004", { phase: "contract", reversible: "no" }, up)])), []);
    const found = await lintMigrations([file("0004", { phase: "contract" }, up, "alter table t add column c text;")]);
    assert.deepEqual(told(found), ["4 error reversible-drop"]);
  });

  it("warns of locks, and is silent where the statement excuses itself", async () => {
    const index = "create index i on t (c);";
    assert.deepEqual(told(await lintMigrations([file("0005", {}, index, "drop index i;")])), [
      "4 warning require-concurrent-index-creation",
    ]);
    const excused = `-- squawk-ignore require-concurrent-index-creation\n${index}`;
    assert.deepEqual(await lintMigrations([file("0005", {}, excused, "drop index i;")]), []);
  });

  it("finds what isn't SQL, what ends the transaction, and a half that is missing", async () => {
    assert.ok(told(await lintMigrations([file("0006", {}, "selec 1;", KEEPS)])).includes("4 error syntax-error"));
    assert.deepEqual(told(await lintMigrations([file("0007", {}, "select 1;", "commit;")])), [
      "6 error transaction-nesting",
    ]);
    assert.deepEqual(told(await lintMigrations([file("0008", {}, "select 1;")])), ["1 error down-missing"]);
    assert.deepEqual(told(await lintMigrations([file("0009", { reversible: "no" }, "-- later")])), [
      "1 error up-missing",
    ]);
  });

  it("refuses what can't run in a transaction, and advises the way that can", async () => {
    const index = "create index concurrently i on t (c);";
    const down = "drop index concurrently i;";
    const lone = await lintMigrations([file("0010", {}, index, down)]);
    assert.deepEqual(told(lone), ["4 error outside-transaction", "6 error outside-transaction"]);
    assert.match(lone[0]?.remedy ?? "", /alone into a migration that says "-- transaction: no"/);
    const second = await lintMigrations([file("0011", {}, `alter table t add column y text;\n${index}`, down)]);
    assert.deepEqual(told(second), ["5 error outside-transaction", "7 error outside-transaction"]);
    const [plain] = await lintMigrations([file("0012", {}, "create index i on t (c);", "drop index i;")]);
    assert.doesNotMatch(`${plain?.message} ${plain?.remedy}`, /Use .concurrently/);
    assert.match(plain?.remedy ?? "", /-- transaction: no/);
  });

  it("takes it alone in a file that says so, and nothing beside it", async () => {
    const index = "create index concurrently if not exists i on t (c);";
    const own = { inTransaction: false };
    assert.deepEqual(await lintMigrations([file("0013", own, index, "drop index concurrently i;")]), []);
    const two = await lintMigrations([file("0014", own, `${index}\nselect 1;`, "drop index concurrently i;")]);
    assert.deepEqual(told(two), ["5 error one-statement"]);
  });

  it("starts one process for many files, which keep their own findings", async () => {
    const many = Array.from({ length: 60 }, (_, n) =>
      file(`${n}`, {}, n % 2 === 0 ? "create table t (id bigint);" : "alter table t drop column c;", KEEPS),
    );
    let started = 0;
    const count = () => {
      started += 1;
    };
    subscribe("child_process", count);
    const findings = await lintMigrations(many).finally(() => unsubscribe("child_process", count));
    assert.equal(started, 1);
    assert.deepEqual(
      findings.map(({ file: name }) => name),
      many.map(({ file: name }) => name).filter((_, n) => n % 2 === 1),
    );
    assert.ok(findings.every(({ rule }) => rule === "ban-drop-column"));
  });
});
