import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { Refusal } from "../../infra/errors.ts";
import { readMigrations } from "../../infra/migrations/files.ts";
import { proveMigrations } from "../../infra/migrations/prove.ts";
import { PROVER } from "../../sandbox/cloud/accounts.ts";
import { openProcesses, type Processes } from "../../sandbox/cloud/processes.ts";
import { makeTemplate, startPostgres } from "../../sandbox/cloud/stores/postgres.ts";
import { file } from "./fixture.ts";

describe("the proof of downs on a real Postgres", function () {
  this.timeout(60_000);
  let dir: string;
  let processes: Processes;
  let url: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "prove-"));
    mkdirSync(join(dir, "processes"));
    processes = openProcesses(join(dir, "processes"));
    const { spawnRecorded } = processes;
    const template = await makeTemplate(dir, "superuser", spawnRecorded);
    const { port } = await startPostgres({ stage: "staging", dir, password: "of-app", template, spawnRecorded });
    url = `postgresql://${PROVER.name}:${PROVER.password}@127.0.0.1:${port}/postgres`;
  });
  after(async () => {
    await processes.endAll();
    await rm(dir, { recursive: true, force: true });
  });

  const people = file(
    "0001_people",
    { reversible: "lossy" },
    `create type mood as enum ('good', 'bad');
create domain short as varchar(4) not null;
create table towns (id uuid primary key, name short);
create table people (id int generated always as identity, town uuid not null references towns (id), mood mood, tags text[],
  born date, note jsonb, pay numeric(8, 2) check (pay > 0), primary key (id));`,
    "drop table people;\ndrop table towns;\ndrop domain short;\ndrop type mood;",
  );
  const rules = async (...migrations: Parameters<typeof proveMigrations>[2]) => {
    const { findings, proven } = await proveMigrations(url, [], migrations);
    return { found: findings.map(({ rule, line, level }) => `${line} ${level} ${rule}`), proven, findings };
  };

  it("holds for the reference workload's", async () => {
    const migrations = await readMigrations("sandbox/app/versions/v2/migrations");
    const { found, proven } = await rules(...migrations);
    assert.deepEqual(found, []);
    assert.deepEqual(
      proven,
      migrations.map(({ migration }) => migration.id),
    );
  });

  it("refuses a down that leaves something behind, with the difference", async () => {
    const { found, findings, proven } = await rules(
      people,
      file(
        "0002_index",
        {},
        "create index by_town on people (town);\nalter table people add column nick text;",
        "drop index by_town;",
      ),
    );
    assert.deepEqual(proven, ["0001_people"]);
    assert.deepEqual(found, ["6 error down-differs"]);
    assert.match(findings[0]?.message ?? "", /\+ column public\.people\.nick text/);
  });

  it("refuses a down that loses rows though it says yes, and takes it where it says lossy", async () => {
    const up = "alter table people drop column note;";
    const down = "alter table people add column note jsonb;";
    const yes = await rules(people, file("0002_note", { phase: "contract" }, up, down));
    assert.deepEqual(yes.found, ["5 error down-loses-rows"]);
    assert.match(yes.findings[0]?.message ?? "", /- people \{.*"note": \{"trial": 2\}/);
    const lossy = await rules(people, file("0002_note", { phase: "contract", reversible: "lossy" }, up, down));
    assert.deepEqual([lossy.found, lossy.proven], [[], ["0001_people", "0002_note"]]);
  });

  it("names the line of a statement that fails, up, down and the second time up", async () => {
    const up = await rules(file("0001", {}, "select 1;\nselect nothing_such;", "select 1;"));
    assert.deepEqual(up.found, ["5 error up-fails"]);
    const down = await rules(file("0001", {}, "select 1;", "select 1;\ndrop table nothing_such;"));
    assert.deepEqual(
      down.found.map((text) => text.slice(2)),
      ["error down-fails"],
    );
    const sequence = "create sequence if not exists numbers;\nselect 1 / (2 - nextval('numbers'));";
    const again = await rules(file("0001", {}, sequence, "select 1;"));
    assert.deepEqual(again.found, ["6 error down-differs"]);
  });

  it("says of which table nothing is proven, and goes on", async () => {
    const strict = file(
      "0001",
      { reversible: "lossy" },
      "create table t (code text check (code ~ '^[0-9]$'));",
      "drop table t;",
    );
    const { found, proven } = await rules(
      strict,
      file("0002", {}, "alter table t add column n int;", "alter table t drop column n;"),
    );
    assert.deepEqual([found, proven], [["1 warning rows-unproven"], ["0001", "0002"]]);
  });

  it("takes what was applied before as given, and leaves no database behind", async () => {
    const broken = file("0001", {}, "create table t (n int);", "select 1;");
    const own = file("0002", {}, "alter table t add column m int;", "alter table t drop column m;");
    assert.deepEqual(await proveMigrations(url, [broken], [own]), { findings: [], proven: ["0002"] });
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query("select datname from pg_database where datname like 'runbooks_prove_%'");
    await client.end();
    assert.deepEqual(rows, []);
  });

  it("refuses a database that can't be used, without its password", async () => {
    for (const bad of [
      "nonsense",
      url.replace(PROVER.password, "wrong"),
      url.replace(`${PROVER.name}:${PROVER.password}`, "app:of-app"),
    ]) {
      await assert.rejects(proveMigrations(bad, [], []), (error) => {
        assert.ok(error instanceof Refusal && error.exit === 2);
        assert.match(error.message, /RUNBOOKS_PROVE_DATABASE_URL/);
        assert.doesNotMatch(error.message, /wrong|of-app/);
        return true;
      });
    }
  });
});
