import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { processStart } from "../../infra/clients/process-start.mjs";
import { isAlive, openProcesses, type Processes } from "../../sandbox/cloud/processes.ts";
import { type Certificates, makeCertificates } from "../../sandbox/cloud/stores/certificates.ts";
import { makeTemplate, type PostgresStore, startPostgres } from "../../sandbox/cloud/stores/postgres.ts";
import { type RedisStore, type RedisUser, startRedis } from "../../sandbox/cloud/stores/redis.ts";

const ACCESS = "on ~* &* +@all";
const appUser = (name: string, ...passwords: string[]): RedisUser => ({ name, access: ACCESS, passwords });

describe("the stores", function () {
  this.timeout(30_000);
  let dir: string;
  let processes: Processes;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "sandbox-stores-"));
    processes = openProcesses(join(dir, "processes"));
  });
  after(async () => {
    await processes.endAll();
    rmSync(dir, { recursive: true, force: true });
  });

  describe("Redis", () => {
    let certificates: Certificates;
    let store: RedisStore;

    before(async () => {
      certificates = await makeCertificates(join(dir, "tls"));
      store = await startRedis({
        id: "sessions",
        stack: "staging",
        dir: join(dir, "redis"),
        certificates,
        parameters: { "maxmemory-policy": "volatile-lru" },
        users: [appUser("app-a", "one")],
        spawnRecorded: processes.spawnRecorded,
      });
    });

    const connect = async (username: string, password: string): Promise<Redis> => {
      const ca = readFileSync(certificates.caFile);
      const client = new Redis({
        host: "127.0.0.1",
        port: store.port,
        username,
        password,
        tls: { ca },
        lazyConnect: true,
        retryStrategy: () => null,
      });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    };
    const isRefused = (user: string, password: string): Promise<void> =>
      assert.rejects(connect(user, password).then((client) => client.get("x").finally(() => client.disconnect())));

    it("lets its users in over TLS, and nobody else", async () => {
      const client = await connect("app-a", "one");
      assert.equal(await client.set("k", "v"), "OK");
      assert.equal(await client.call("ACL", "WHOAMI"), "app-a");
      assert.deepEqual(await client.config("GET", "maxmemory-policy"), ["maxmemory-policy", "volatile-lru"]);
      client.disconnect();
      await isRefused("app-a", "two");
      await isRefused("default", "");
      await assert.rejects(
        new Redis({ port: store.port, lazyConnect: true, retryStrategy: () => null, tls: {} })
          .on("error", () => undefined)
          .connect(),
      );
    });

    it("takes a second password beside the first, and keeps connections that are open", async () => {
      const open = await connect("app-a", "one");
      await store.setUsers([appUser("app-a", "one", "two"), appUser("app-b", "three")]);
      for (const [user, password] of [
        ["app-a", "one"],
        ["app-a", "two"],
        ["app-b", "three"],
      ] as const) {
        (await connect(user, password)).disconnect();
      }
      await store.setUsers([appUser("app-a", "two")]);
      await isRefused("app-a", "one");
      await isRefused("app-b", "three");
      assert.equal(await open.get("k"), "v", "a changed password ends no connection");
      open.disconnect();
    });

    it("is really gone in an outage, and comes back on its port with the users of meanwhile", async () => {
      const { port } = store;
      await store.down();
      assert.equal(store.state(), "down");
      await assert.rejects(connect("app-a", "two"));
      await store.setUsers([appUser("app-a", "four")]);
      await store.up();
      assert.deepEqual([store.state(), store.port], ["up", port]);
      const client = await connect("app-a", "four");
      assert.equal(await client.get("k"), null, "a store without persistence comes back empty");
      client.disconnect();
    });

    it("keeps no password in an argument, a file or a log", () => {
      const texts = readdirSync(join(dir, "redis")).map((name) => readFileSync(join(dir, "redis", name), "utf8"));
      assert.ok(texts.length > 0);
      for (const text of texts) assert.doesNotMatch(text, /four|#[0-9a-f]{64}/);
    });
  });

  describe("Postgres", () => {
    let store: PostgresStore;

    before(async () => {
      const template = await makeTemplate(dir, "superuser", processes.spawnRecorded);
      store = await startPostgres({
        stage: "staging",
        dir,
        password: "of-app",
        template,
        spawnRecorded: processes.spawnRecorded,
      });
    });

    const query = async (sql: string, password = "of-app"): Promise<unknown[]> => {
      const client = new pg.Client(`postgresql://app:${password}@127.0.0.1:${store.port}/postgres`);
      client.on("error", () => undefined);
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    };

    it("gives the role app a database of its own", async () => {
      await query("CREATE TABLE kept (value text)");
      await query("INSERT INTO kept VALUES ('committed')");
      await assert.rejects(query("SELECT 1", "wrong"), /password authentication failed/);
    });

    it("loses nothing that was committed in an outage", async () => {
      const { port } = store;
      await store.down();
      await assert.rejects(query("SELECT 1"), /ECONNREFUSED/);
      await store.up();
      assert.equal(store.port, port);
      assert.deepEqual(await query("SELECT value FROM kept"), [{ value: "committed" }]);
    });
  });
});

describe("recorded processes", () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "sandbox-processes-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const sleeper = {
    what: "a sleeper",
    command: "sleep",
    args: ["60"],
    env: process.env,
    cwd: tmpdir(),
    stdio: "ignore",
  } as const;

  it("are ended by another that finds their record, and their record goes", async () => {
    const child = openProcesses(dir).spawnRecorded(sleeper);
    const record = { pid: child.pid ?? 0, startTime: processStart(child.pid ?? 0) ?? "" };
    assert.equal(isAlive(record), true);
    const ended = await openProcesses(dir).endAll();
    assert.deepEqual(
      ended.map(({ what, pid }) => [what, pid]),
      [["a sleeper", child.pid]],
    );
    assert.equal(isAlive(record), false);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("leave no record when they leave by themselves", async () => {
    const child = openProcesses(dir).spawnRecorded({ ...sleeper, command: "true", args: [] });
    await once(child, "exit");
    assert.equal(existsSync(join(dir, `${child.pid}.json`)), false);
  });

  it("are told from a later process with the same id by their start time", async () => {
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    const { pid = 0 } = bystander;
    try {
      const record = { pid, startTime: "1", what: "long gone", endSignal: "SIGTERM" };
      writeFileSync(join(dir, `${pid}.json`), JSON.stringify(record));
      assert.deepEqual(await openProcesses(dir).endAll(), []);
      assert.notEqual(processStart(pid), null, "the bystander is left alone");
      assert.deepEqual(readdirSync(dir), []);
    } finally {
      bystander.kill("SIGKILL");
    }
  });

  it("are named where a record can't be read: a process would be left behind unseen", async () => {
    const file = join(dir, "4242.json");
    for (const text of ["", '{"pid":4242', '{"pid":4242,"startTime":7}']) {
      writeFileSync(file, text);
      await assert.rejects(
        openProcesses(dir).endAll(),
        /4242\.json can't be read: end the process 4242 by hand, and remove the file/,
      );
    }
  });

  it("are ended by force where they don't listen", async function () {
    this.timeout(10_000);
    const script = "process.on('SIGTERM', () => {}); process.stdout.write('on'); setInterval(() => {}, 1000);";
    const deaf = openProcesses(dir).spawnRecorded({
      ...sleeper,
      command: process.execPath,
      args: ["-e", script],
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.ok(deaf.stdout);
    await once(deaf.stdout, "data");
    assert.equal((await openProcesses(dir).endAll()).length, 1);
    assert.equal(processStart(deaf.pid ?? 0), null);
  });
});
