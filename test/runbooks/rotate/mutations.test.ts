import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as immediate } from "node:timers/promises";
import { Redis } from "ioredis";
import type { SecretName } from "../../../infra/domain/releases.ts";
import { APP_ACCESS } from "../../../infra/program/components/session-users.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { openProcesses, type Processes } from "../../../sandbox/cloud/processes.ts";
import { type Afm, startAfm } from "../../../sandbox/cloud/services/afm.ts";
import type { Service } from "../../../sandbox/cloud/services/http.ts";
import { serveManagement, startProject } from "../../../sandbox/cloud/services/supabase.ts";
import { type RedisStore, startRedis } from "../../../sandbox/cloud/stores/redis.ts";
import { validSettings } from "../../program/fixtures/settings.ts";
import {
  AFM_OLD,
  AFM_TOKEN,
  actor,
  NEW,
  OLD,
  openTurn,
  REDIS_PASSWORDS,
  refusal,
  SUPABASE_OLD,
  servedInstead,
} from "./turn.ts";

describe("a rotation that goes wrong", function () {
  this.timeout(60_000);
  let dir: string;
  let processes: Processes;
  let store: RedisStore;
  let afm: Afm;
  let project: Awaited<ReturnType<typeof startProject>>;
  let management: Service;
  const clients: Redis[] = [];

  const user = (name: string, password: string) => ({ name, access: APP_ACCESS, passwords: [password] });
  const urlOf = (name: string, password: string) =>
    `redis://${name}:${encodeURIComponent(password)}@127.0.0.1:${store.port}`;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "mutations-"));
    processes = openProcesses(join(dir, "processes"));
    store = await startRedis({
      id: "sessions",
      stack: "staging",
      dir: join(dir, "redis"),
      certificates: undefined,
      parameters: {},
      users: [user("app-a", REDIS_PASSWORDS.a), user("app-b", REDIS_PASSWORDS.b)],
      spawnRecorded: processes.spawnRecorded,
    });
    afm = await startAfm([{ value: AFM_OLD, owner: AFM_TOKEN }]);
    project = await startProject({ ref: "127", key: SUPABASE_OLD, databaseState: () => "up" });
    management = await serveManagement([project]);
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all([afm.service.close(), afm.adapter.close(), project.gateway.close(), management.close()]);
    await processes.endAll();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Opens a client as a pod would; it stays open, whatever becomes of its user's password. */
  const connect = async (name: string, password: string): Promise<Redis> => {
    const client = new Redis(urlOf(name, password), { lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  };

  const turn = (secret: SecretName) =>
    openTurn(secret, { [OLD]: urlOf("app-a", REDIS_PASSWORDS.a), [NEW]: urlOf("app-b", REDIS_PASSWORDS.b) });
  servedInstead(() => ({ management, project, afm }));

  for (const secret of ["SUPABASE_KEY", "AFM_KEY", "REDIS_URL"] as const) {
    it(`${secret}: isn't revoked while a pod still pins the old generation, and is once none does`, async () => {
      const { pods, run } = await turn(secret);
      pods.pins = OLD;
      await assert.rejects(run("drained"), refusal(/pod app-pod-1 still uses g1[\s\S]*g1 is not revoked/));
      pods.pins = NEW;
      assert.match(await run("drained"), /none of 1 pods uses it, and its issuer shows no use/);
    });
  }

  it("REDIS_URL: isn't revoked while a client is on the old user, even one whose password has changed since", async () => {
    const { run } = await turn("REDIS_URL");
    const client = await connect("app-a", REDIS_PASSWORDS.a);
    await store.setUsers([user("app-a", "scrambled-by-nobody-knows"), user("app-b", REDIS_PASSWORDS.b)]);
    assert.equal(await client.set("sess:1", "still here"), "OK");
    await assert.rejects(run("drained"), refusal(/issuer shows 1 use of g1/));
    client.disconnect();
    assert.match(await run("drained"), /no use/);
    assert.match(await run("refused"), /a login with it is refused/);
    await store.setUsers([user("app-a", REDIS_PASSWORDS.a), user("app-b", REDIS_PASSWORDS.b)]);
  });

  it("REDIS_URL: a password that was never scrambled is found out", async () => {
    const { run } = await turn("REDIS_URL");
    await assert.rejects(run("refused"), refusal(/REDIS_URL g1: a login with it is accepted 1s after it was revoked/));
  });

  it("is found out where the issuer still sees the old key in use", async () => {
    const { run } = await turn("AFM_KEY");
    const used = await fetch(`${afm.service.url}/v1/status`, { headers: { "x-api-key": AFM_OLD } });
    assert.equal(used.status, 200);
    await assert.rejects(run("drained"), refusal(/issuer shows 1 use of g1/));
  });

  it("AFM_KEY without an adapter: the operator is asked to withdraw the old key, and it is found out where nobody did", async () => {
    const { outside, run } = await turn("AFM_KEY");
    const { supabaseUrl, afmUrl } = outside.settings.services;
    const services = { supabaseUrl, afmUrl, afmKeys: { overlap: true } };
    outside.settings = parseSettings({ ...validSettings(), services });
    assert.match(await run("drained"), /none of 1 pods uses it, and its issuer doesn't show use/);
    assert.match(await run("revoke"), /this program can't revoke it: revoke it at its issuer now/);
    await assert.rejects(run("refused"), refusal(/a login with it is still accepted: revoke it at its issuer/));
  });

  const encoded: [string, (secret: string) => string, RegExp][] = [
    ...[0, 1, 2].map((offset): [string, (secret: string) => string, RegExp] => [
      `base64-encoded at offset ${offset}`,
      (secret) => Buffer.from(`${"x".repeat(offset)}${secret}`).toString("base64"),
      /base64/,
    ]),
    ["percent-encoded", encodeURIComponent, /percent-encoded/],
    ["JSON-escaped", (secret) => JSON.stringify({ secret }), /JSON-escaped/],
  ];
  for (const [how, encode, named] of encoded) {
    it(`is found out by its log scan where a pod logs the password ${how}`, async () => {
      const { pods, run } = await turn("REDIS_URL");
      assert.match(await run("scan"), /none of 5 values was found in/);
      pods.log = `{"level":"info"}\n{"message":"connecting with ${encode(REDIS_PASSWORDS.b)}"}\n`;
      await assert.rejects(run("scan"), refusal(/REDIS_URL g2 is in the log of pod app-pod-1, line 2/));
      await assert.rejects(run("scan"), refusal(named));
    });
  }

  it("is found out before the pods with the log go: the new value goes back, the old one's leak is told to the end", async () => {
    const { pods, run } = await turn("REDIS_URL");
    assert.match(await run("search"), /none of 5 values was found in the logs of 1 pods/);
    pods.log = `connecting with ${REDIS_PASSWORDS.b}`;
    await assert.rejects(run("search", "compromised"), refusal(/REDIS_URL g2 is in the log of pod app-pod-1/));
    pods.log = `connecting with ${REDIS_PASSWORDS.a}`;
    assert.match(await run("search"), /REDIS_URL g1 is in .*\(to be revoked by this change\)/);
    pods.log = "{}";
    assert.match(await run("scan"), /found before, and to be cleaned up: REDIS_URL g1 is in the log of pod app-pod-1/);
  });

  it("is held up by another secret's leak, unless it is urgent", async () => {
    const { pods, state, run } = await turn("REDIS_URL");
    pods.log = `calling AFM with ${AFM_OLD}`;
    await assert.rejects(run("search"), refusal(/AFM_KEY g1 is in .*rotate that one first/));
    assert.match(await run("search", "compromised"), /AFM_KEY g1 is in .*still good: rotate it next/);
    state.secrets.AFM_KEY.revoked = { g1: actor.change };
    assert.match(await run("search"), /AFM_KEY g1 is in .*\(revoked\)/);
  });

  it("isn't held up by a pod that goes while its log is asked for, and is by one that stays and doesn't show it", async () => {
    const { outside, run } = await turn("REDIS_URL");
    const { pods } = outside.kubernetes;
    const [pod] = await pods("app", {});
    outside.kubernetes.podLogs = async () => {
      throw new Error("the cluster has none");
    };
    await assert.rejects(run("search"), refusal(/the cluster has none/));
    const lists = [[pod].flatMap((one) => one ?? []), []];
    outside.kubernetes.pods = async () => lists.shift() ?? [];
    assert.match(await run("search"), /in the logs of 0 pods/);
  });

  it("holds the log of one pod at a time in memory, and finds a leak in whichever has it", async () => {
    const { outside, run } = await turn("REDIS_URL");
    const [pod] = await outside.kubernetes.pods("app", {});
    assert.ok(pod !== undefined);
    outside.kubernetes.pods = async () => ["a", "b", "c"].map((name) => ({ ...pod, name }));
    let asked = 0;
    let most = 0;
    outside.kubernetes.podLogs = async (_namespace, name) => {
      asked += 1;
      most = Math.max(most, asked);
      await immediate();
      asked -= 1;
      return name === "c" ? `connecting with ${REDIS_PASSWORDS.b}` : "{}";
    };
    for (const task of ["search", "scan"] as const) {
      await assert.rejects(run(task), refusal(/REDIS_URL g2 is in the log of pod c, line 1/));
    }
    assert.equal(most, 1);
  });

  it("is found out where something else was written: the record, the stack's export", async () => {
    const { outside, run } = await turn("AFM_KEY");
    outside.stack.exported = async () => `{"deployment":{"outputs":{"note":"${AFM_OLD}"}}}`;
    await assert.rejects(run("scan"), refusal(/AFM_KEY g1 is in the stack's export, line 1, raw/));
  });

  // These two withdraw the old keys, so they come last.
  for (const [secret, ignore] of [
    ["SUPABASE_KEY", () => project.ignoreNextRevoke()],
    ["AFM_KEY", () => afm.ignoreNextRevoke(AFM_TOKEN)],
  ] as const) {
    it(`${secret}: a revocation that the issuer acknowledges without doing it is found out by a login`, async () => {
      const { run } = await turn(secret);
      ignore();
      assert.match(await run("revoke"), /revoked at its issuer/);
      await assert.rejects(run("refused"), refusal(/a login with it is accepted 1s after it was revoked/));
    });
  }
});
