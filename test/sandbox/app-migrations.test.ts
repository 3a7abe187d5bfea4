import assert from "node:assert/strict";
import fc from "fast-check";
import { after, before, beforeEach, describe, it } from "mocha";
import pg from "pg";
import { z } from "zod";
import { planMigrations } from "../../sandbox/app/src/migration-plan.ts";
import { startWorld, type World } from "./app-world.ts";

const V1 = ["0001_accounts", "0002_documents", "0003_beneficiaries", "0004_budgets"];
const V2 = [...V1, "0005_document_summaries"];

describe("planMigrations", () => {
  const files = fc.integer({ min: 1, max: 12 }).map((n) => Array.from({ length: n }, (_, i) => `000${i}_m`));

  it("up, then down, passes through exactly the migrations in between, in opposite orders", () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.nat(), (names, a, b) => {
        const [low, high] = [a % names.length, b % names.length].sort((x, y) => x - y);
        if (low === undefined || high === undefined) return;
        const [from = "", to = ""] = [names[low], names[high]];
        const up = planMigrations("up", to, { files: names, applied: names.slice(0, low + 1) });
        const down = planMigrations("down", from, { files: names, applied: names.slice(0, high + 1) });
        assert.deepEqual(up.names, names.slice(low + 1, high + 1));
        assert.deepEqual(down.names, up.names.toReversed());
      }),
    );
  });

  it("has nothing to do where the target is reached or passed", () => {
    assert.deepEqual(planMigrations("up", "0002_documents", { files: V1, applied: V2 }).names, []);
    assert.deepEqual(planMigrations("down", "0004_budgets", { files: V2, applied: V1.slice(0, 2) }).names, []);
  });

  it("refuses an unknown target, another order, and to take back what the image doesn't have", () => {
    assert.throws(() => planMigrations("up", "0009_no", { files: V1, applied: [] }), /there is no migration 0009_no/);
    assert.throws(
      () => planMigrations("up", "0004_budgets", { files: V1, applied: ["0000_else"] }),
      /the order differs/,
    );
    assert.throws(
      () => planMigrations("down", "0004_budgets", { files: V1, applied: V2 }),
      /use the image that brought it/,
    );
  });
});

describe("migrate.ts and backup.ts", function () {
  this.timeout(30_000);
  let world: World;
  let client: pg.Client;

  before(async () => {
    world = await startWorld();
    client = new pg.Client({ connectionString: world.environment.DATABASE_URL ?? "" });
    await client.connect();
  });
  beforeEach(async () => {
    await client.query('drop schema if exists runbooks, "backup_CHG-1" cascade');
    await client.query("drop schema public cascade");
    await client.query("create schema public");
  });
  after(async () => {
    await client?.end();
    await world?.close();
  });

  async function applied(): Promise<string[]> {
    const { rows } = await client.query("select name from pgmigrations order by run_on, id");
    return z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name);
  }

  async function columns(table: string): Promise<string[]> {
    const { rows } = await client.query(
      "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1",
      [table],
    );
    return z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name);
  }

  it("goes up to a migration and no further, up to the next, and down again with the data kept", async () => {
    assert.equal((await world.run("v2", ["migrate.ts", "up", "0004_budgets"])).code, 0);
    assert.deepEqual(await applied(), V1);
    await client.query("insert into app_users (name, password_hash) values ('ada', 'x')");
    await client.query("insert into documents (owner, title, body) values ('ada', 't', 'b')");
    const before = await columns("documents");

    assert.equal((await world.run("v2", ["migrate.ts", "up", "0005_document_summaries"])).code, 0);
    assert.ok((await columns("documents")).includes("summary"));
    const again = await world.run("v2", ["migrate.ts", "up", "0005_document_summaries"]);
    assert.equal(again.code, 0);
    assert.deepEqual(again.logs.at(-1)?.migrations, []);

    assert.equal((await world.run("v2", ["migrate.ts", "down", "0004_budgets"])).code, 0);
    assert.deepEqual(await columns("documents"), before);
    assert.equal((await client.query("select 1 from documents")).rowCount, 1);
  });

  it("applies once where two run at the same time", async () => {
    const runs = await Promise.all([1, 2].map(() => world.run("v1", ["migrate.ts", "up", "0004_budgets"])));
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0],
    );
    assert.deepEqual(await applied(), V1);
  });

  it("leaves with 1 and changes nothing where it can't do what is asked", async () => {
    await world.run("v2", ["migrate.ts", "up", "0005_document_summaries"]);
    for (const args of [["down", "0004_budgets"], ["up", "0009_no"], ["sideways", "0001_accounts"], []]) {
      const { code, logs } = await world.run("v1", ["migrate.ts", ...args]);
      assert.equal(code, 1);
      assert.equal(logs.at(-1)?.level, "error");
    }
    assert.deepEqual(await applied(), V2);
  });

  it("takes all of it back where a statement fails, and names the one migration", async () => {
    await client.query("create table beneficiaries (in_the_way text)");
    const { code, logs } = await world.run("v1", ["migrate.ts", "up", "0004_budgets"]);
    assert.equal(code, 1);
    const told = JSON.stringify(logs.at(-1));
    assert.match(told, /0003_beneficiaries failed on its way up: none of 0001_accounts, .* was kept/);
    assert.match(told, /already exists/);
    assert.deepEqual(await columns("app_users"), []);
  });

  it("says what is wrong without the database's password", async () => {
    const url = "postgresql://app:a-wrong-password@127.0.0.1:1/app";
    const { code, logs } = await world.run("v1", ["migrate.ts", "up", "0004_budgets"], { DATABASE_URL: url });
    assert.equal(code, 1);
    assert.doesNotMatch(JSON.stringify(logs), /a-wrong-password/);
  });

  it("restores rows and schema after a change without a way back", async () => {
    await world.run("v1", ["migrate.ts", "up", "0004_budgets"]);
    await client.query("insert into app_users (name, password_hash) values ('ada', 'x')");
    await client.query("insert into beneficiaries (owner, name) values ('ada', 'kept')");
    assert.equal((await world.run("v1", ["backup.ts", "create", "CHG-2026-11-22-001"])).code, 0);

    await world.run("v2", ["migrate.ts", "up", "0005_document_summaries"]);
    await client.query("alter table beneficiaries drop column name");
    await client.query("insert into app_users (name, password_hash) values ('later', 'x')");
    assert.equal(
      (await world.run("v1", ["backup.ts", "create", "CHG-2026-11-22-001"])).code,
      0,
      "a second run keeps it",
    );

    assert.equal((await world.run("v1", ["backup.ts", "restore", "CHG-2026-11-22-001"])).code, 0);
    const { rows } = await client.query("select beneficiaries.name from beneficiaries");
    assert.deepEqual(rows, [{ name: "kept" }]);
    assert.equal((await client.query("select 1 from app_users")).rowCount, 1);
    assert.equal((await columns("documents")).includes("summary"), false);
    assert.deepEqual(await applied(), V1);
    assert.equal((await world.run("v1", ["backup.ts", "restore", "CHG-none"])).code, 1);
  });

  describe("of a change (RUNBOOK_CHANGE)", () => {
    const of = (change: string, version: string, ...args: string[]) =>
      world.run(version, args, { RUNBOOK_CHANGE: change });
    const users = async () => (await client.query("select 1 from app_users")).rowCount;
    const addUser = (name: string) =>
      client.query("insert into app_users (name, password_hash) values ($1, 'x')", [name]);
    const noted = async () => (await client.query("select change, work, target from runbooks.runs order by at")).rows;

    it("go up once: run again after they were taken back, they do nothing and say so", async () => {
      await of("bootstrap", "v1", "migrate.ts", "up", "0004_budgets");
      const up = ["v2", "migrate.ts", "up", "0005_document_summaries"] as const;
      assert.equal((await of("CHG-1", ...up)).code, 0);
      assert.equal((await of("CHG-2", "v2", "migrate.ts", "down", "0004_budgets")).code, 0);
      const again = await of("CHG-1", ...up);
      assert.equal(again.code, 0);
      assert.match(again.logs.at(-1)?.message ?? "", /^CHG-1 has done this already: nothing is done again$/);
      assert.deepEqual(await applied(), V1);
      assert.equal((await of("CHG-3", ...up)).code, 0);
      assert.equal((await of("CHG-2", "v2", "migrate.ts", "down", "0004_budgets")).code, 0);
      assert.deepEqual(await applied(), V2);
    });

    it("restore once: what was written since survives a second run, and another change may restore anew", async () => {
      await of("bootstrap", "v1", "migrate.ts", "up", "0004_budgets");
      await addUser("ada");
      await of("CHG-1", "v1", "backup.ts", "create", "CHG-1");
      await addUser("lost");
      const restore = ["v1", "backup.ts", "restore", "CHG-1"] as const;
      assert.equal((await of("CHG-2", ...restore)).code, 0);
      assert.equal(await users(), 1);
      await addUser("written since");
      assert.equal((await of("CHG-2", ...restore)).code, 0);
      assert.equal(await users(), 2);
      assert.equal((await of("CHG-3", ...restore)).code, 0);
      assert.equal(await users(), 1);
      assert.deepEqual(await noted(), [
        { change: "bootstrap", work: "up", target: "0004_budgets" },
        { change: "CHG-1", work: "backup", target: "CHG-1" },
        { change: "CHG-2", work: "restore", target: "CHG-1" },
        { change: "CHG-3", work: "restore", target: "CHG-1" },
      ]);
    });

    it("keep nothing of a run that was cut off, and the change makes it again", async () => {
      await of("bootstrap", "v1", "migrate.ts", "up", "0004_budgets");
      await of("CHG-1", "v1", "backup.ts", "create", "CHG-1");
      await addUser("lost");
      const inTheWay = new pg.Client({ connectionString: world.environment.DATABASE_URL ?? "" });
      await inTheWay.connect();
      await inTheWay.query("begin");
      await inTheWay.query("lock table budgets in access share mode");
      const cutOff = of("CHG-2", "v1", "backup.ts", "restore", "CHG-1");
      const waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'drop table%'";
      while ((await client.query(waiting)).rowCount === 0) await new Promise(setImmediate);
      await client.query(`select pg_terminate_backend(pid) from (${waiting}) waiting`);
      assert.equal((await cutOff).code, 1);
      await inTheWay.end();
      assert.equal(await users(), 1, "nothing of it was kept");
      assert.equal((await of("CHG-2", "v1", "backup.ts", "restore", "CHG-1")).code, 0);
      const second = await of("CHG-2", "v1", "backup.ts", "restore", "CHG-1");
      assert.equal(second.code, 0, JSON.stringify(second.logs.at(-1)));
    });

    it("run once where two pods begin it at the same time", async () => {
      await of("bootstrap", "v1", "migrate.ts", "up", "0004_budgets");
      await of("CHG-1", "v1", "backup.ts", "create", "CHG-1");
      const runs = await Promise.all([1, 2].map(() => of("CHG-2", "v1", "backup.ts", "restore", "CHG-1")));
      assert.deepEqual(
        runs.map(({ code }) => code),
        [0, 0],
      );
      const last = runs.map(({ logs }) => logs.at(-1)?.message ?? "").sort();
      assert.deepEqual(last, ["CHG-2 has done this already: nothing is done again", "restored"]);
    });
  });
});
