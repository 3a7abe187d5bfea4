import assert from "node:assert/strict";
import { runsOutsideAlone, statementsOf } from "../../infra/migrations/statements.ts";

const outside = (sql: string) => statementsOf(sql).map(runsOutsideAlone);

describe("a script's statements", () => {
  it("are split at their ends alone, and keep their lines", () => {
    const sql = `-- a; remark
insert into t values ('one; two', $$three; four$$);
/* and; this */ create function f() returns int as $body$ begin; return 1; end $body$ language plpgsql;

select "a;b" from t`;
    assert.deepEqual(
      statementsOf(sql).map(({ line, text }) => [line, text.split(" ")[0]]),
      [
        [1, "insert"],
        [2, "create"],
        [4, "select"],
      ],
    );
  });

  it("run outside of a transaction alone where Postgres says so", () => {
    const alone = [
      "create index concurrently i on t (a)",
      "CREATE UNIQUE INDEX\n CONCURRENTLY IF NOT EXISTS i ON t (a)",
      "drop index concurrently i",
      "reindex table concurrently t",
      "reindex (verbose) database d",
      "alter table t detach partition p concurrently",
      "vacuum analyze t",
      "alter system set x = 1",
      "create database d",
    ];
    for (const sql of alone) assert.deepEqual(outside(sql), [true], sql);
    const within = [
      "create index i on t (a)",
      "refresh materialized view concurrently v",
      "comment on table t is 'create index concurrently'",
      "-- create index concurrently\nselect 1",
      "alter table t detach partition p",
      "reindex table t",
    ];
    for (const sql of within) assert.deepEqual(outside(sql), [false], sql);
  });
});
