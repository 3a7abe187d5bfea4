import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { z } from "zod";
import type { Rotation } from "../../../infra/change/plan.ts";
import type { TaskName } from "../../../infra/change/task-names.ts";
import type { Pod } from "../../../infra/clients/kubernetes.ts";
import { repinned, withCurrent, withPending } from "../../../infra/domain/generations.ts";
import type { Json } from "../../../infra/domain/json.ts";
import { type ReleaseState, type SecretName, stableRelease } from "../../../infra/domain/releases.ts";
import { Refusal } from "../../../infra/errors.ts";
import { fingerprintOf } from "../../../infra/issuers/fingerprint.ts";
import { APP_ACCESS } from "../../../infra/program/components/session-users.ts";
import { repinnedRelease } from "../../../infra/runbooks/rotate/plan.ts";
import { type RotationOutside, rotationTasks } from "../../../infra/runbooks/rotate/tasks.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import type { Credentials } from "../../../infra/stack/stack.ts";
import { SUPABASE_MANAGEMENT_TOKEN } from "../../../sandbox/cloud/accounts.ts";
import { openProcesses, type Processes } from "../../../sandbox/cloud/processes.ts";
import { type Afm, startAfm } from "../../../sandbox/cloud/services/afm.ts";
import type { Service } from "../../../sandbox/cloud/services/http.ts";
import { serveManagement, startProject } from "../../../sandbox/cloud/services/supabase.ts";
import { type RedisStore, startRedis } from "../../../sandbox/cloud/stores/redis.ts";
import { firstState } from "../../fixtures/release-state.ts";
import { validSettings } from "../../program/fixtures/settings.ts";

const [OLD, NEW] = ["g1", "g2"];
const [SUPABASE_OLD, AFM_OLD, AFM_TOKEN] = ["sb_secret_the_old_one_01", "afm-the-old-key", "afm-adapter-token"];
const REDIS_PASSWORDS = { a: "p".repeat(16), b: `q"${"q".repeat(14)}` };
const issued = z.record(z.string(), z.record(z.string(), z.string()));
const actor = { change: "CHG-2026-11-23-001", onCall: "Ada" };

/** A rotation right before its revocation: all pods on the new generation, both accepted. */
interface Turn {
  outside: RotationOutside;
  /** What pods say instead of the new generation, and what they log. */
  pods: { pins: string; log: string };
  state: ReleaseState;
  /** When the release before was gone, and when the step of the task began. */
  times: { retiredAt: number; startedAt: number };
  run(task: TaskName, urgency?: Rotation["urgency"]): Promise<string>;
}

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

  async function turn(secret: SecretName): Promise<Turn> {
    const credentials: Credentials = {
      SUPABASE_KEY: { [OLD]: SUPABASE_OLD },
      SESSION_SECRET: { [OLD]: "s".repeat(32) },
      AFM_KEY: { [OLD]: AFM_OLD },
      REDIS_URL: { [OLD]: urlOf("app-a", REDIS_PASSWORDS.a), [NEW]: urlOf("app-b", REDIS_PASSWORDS.b) },
    };
    const base = firstState();
    const pending = withPending(base, secret, { id: NEW, change: actor.change, createdOn: "2026-11-23" });
    const from = stableRelease(base);
    const release = repinnedRelease(from, repinned(from, secret, NEW), actor);
    const state: ReleaseState = { ...withCurrent(pending, secret, NEW), releases: [{ ...release, weight: 100 }] };
    const settings = parseSettings({
      ...validSettings(),
      services: {
        supabaseUrl: "https://127.supabase.co",
        afmUrl: "https://api.afm.example",
        afmKeys: {
          overlap: true,
          adapter: { url: "https://afm-keys.platform.example", mint: true, revoke: true, introspect: true },
        },
      },
    });
    const pods = { pins: NEW, log: "{}" };
    const pod: Pod = {
      name: "app-pod-1",
      release: release.id,
      job: null,
      createdAt: 0,
      image: "app",
      ready: true,
      leaving: false,
      phase: "Running",
      reasons: [],
      readyChangedAt: null,
      containers: [],
    };
    const reported = () =>
      pods.pins
        .split(",")
        .map((generation, position) => {
          const value = credentials[secret][generation] ?? "";
          const fingerprint = fingerprintOf({ release: release.id, name: secret, value });
          return `credential_in_use{name="${secret}",position="${position}",fingerprint="${fingerprint}"} 1`;
        })
        .join("\n");
    const outside: RotationOutside = {
      settings,
      within: 1_000,
      tokens: { supabaseToken: SUPABASE_MANAGEMENT_TOKEN, afmAdapterToken: AFM_TOKEN },
      stack: { credentials: async () => credentials, encrypt: async () => "encrypted", exported: async () => "{}" },
      store: { read: async () => [] },
      target: async () => assert.fail("no session is asked for"),
      kubernetes: {
        serverVersion: async () => "v1.36.3",
        isSandbox: async () => true,
        gatewayUrl: async () => assert.fail("no gateway"),
        httpRoute: async () => null,
        deployment: async () => null,
        pods: async () => [pod],
        podLogs: async () => pods.log,
        serviceProxyText: async () => "",
        podProxyText: async () => reported(),
        targetGroups: async () => [],
        podAnswer: async () => ({ status: null, text: "" }),
        lease: async () => null,
        secret: async () => null,
        owned: async () => [],
        exec: async () => assert.fail("no pod is asked"),
        deletePod: async () => undefined,
      },
    };
    const tasks = rotationTasks(outside);
    const plan = {
      runbook: "rotate",
      steps: [],
      release,
      stable: null,
      base,
      undo: null,
      timing: { interval: 1, gateTimeout: 1, drain: 1 },
    } as const;
    const times = { retiredAt: Date.now(), startedAt: Date.now() };
    const results: Record<string, Json> = {};
    const run = async (task: TaskName, urgency: Rotation["urgency"] = "planned"): Promise<string> => {
      const { signal } = new AbortController();
      const now = Date.now();
      const rotation = { secret, old: OLD, next: NEW, handedOver: null, urgency, unusedFor: 0 };
      const turned = { ...plan, rotation };
      const { retiredAt, startedAt } = times;
      const record = { results, finishedAt: { retire: retiredAt } };
      const context = { change: actor.change, plan: turned, step: null, state, ...record, startedAt, signal, now };
      const result = await tasks[task](context);
      results[task] = result;
      return result.summary;
    };
    if (secret === "SUPABASE_KEY" || secret === "AFM_KEY") {
      outside.stack.encrypt = async (value) => {
        credentials[secret] = { ...credentials[secret], ...issued.parse(JSON.parse(value))[secret] };
        return "encrypted";
      };
      await run("mint");
    }
    return { outside, pods, state, times, run };
  }

  const refusal = (says: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.match(error.message, says);
    for (const value of [SUPABASE_OLD, AFM_OLD, REDIS_PASSWORDS.a, REDIS_PASSWORDS.b]) {
      assert.ok(!error.message.includes(value));
    }
    return true;
  };

  const servedBefore = process.env.RUNBOOKS_SERVICES;
  beforeEach(() => {
    const served = {
      "api.supabase.com": management.url,
      "127.supabase.co": project.gateway.url,
      "api.afm.example": afm.service.url,
      "afm-keys.platform.example": afm.adapter.url,
    };
    process.env.RUNBOOKS_SERVICES = Object.entries(served)
      .map((pair) => pair.join("="))
      .join(" ");
  });
  afterEach(() => {
    if (servedBefore === undefined) delete process.env.RUNBOOKS_SERVICES;
    else process.env.RUNBOOKS_SERVICES = servedBefore;
  });

  for (const secret of ["SUPABASE_KEY", "AFM_KEY", "REDIS_URL"] as const) {
    it(`${secret}: isn't revoked while a pod still pins the old generation, and is once none does`, async () => {
      const { pods, run } = await turn(secret);
      pods.pins = OLD;
      await assert.rejects(run("drained"), refusal(/pod app-pod-1 still uses g1[\s\S]*g1 is not revoked/));
      pods.pins = NEW;
      assert.match(await run("drained"), /none of 1 pods uses it, and its issuer shows no use/);
    });
  }

  it("isn't revoked where no pod is there that could say what it uses, leaked or not", async () => {
    const { outside, run } = await turn("AFM_KEY");
    outside.kubernetes.pods = async () => [];
    for (const urgency of ["planned", "compromised"] as const) {
      await assert.rejects(run("drained", urgency), refusal(/no live pod was found[\s\S]*g1 is not revoked/));
    }
  });

  it("SESSION_SECRET: stays on the ring where no pod is there that could say what it has verified", async () => {
    const { outside, run } = await turn("SESSION_SECRET");
    assert.match(await run("unused"), /no session was verified/);
    outside.kubernetes.pods = async () => [];
    await assert.rejects(run("unused"), refusal(/it isn't known whether a session was verified with it/));
  });

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

  const usedByAnother = {
    SUPABASE_KEY: () => fetch(`${project.gateway.url}/rest/v1/`, { headers: { apikey: SUPABASE_OLD } }),
    AFM_KEY: () => fetch(`${afm.service.url}/v1/status`, { headers: { "x-api-key": AFM_OLD } }),
  };
  for (const secret of ["SUPABASE_KEY", "AFM_KEY"] as const) {
    it(`${secret}: isn't revoked where something else used the old key after our last pod with it had gone`, async () => {
      const { times, run } = await turn(secret);
      assert.equal((await usedByAnother[secret]()).status, 200);
      times.startedAt = Date.now() + 5_000;
      await assert.rejects(run("drained"), refusal(/issuer shows 1 use of g1[\s\S]*find what uses it/));
      times.retiredAt = Date.now() + 5_000;
      assert.match(await run("drained"), /none of 1 pods uses it, and its issuer shows no use since \d{4}-/);
    });

    it(`${secret}: compromised, it is revoked whoever else uses it, and they are told of`, async () => {
      const { pods, run } = await turn(secret);
      assert.equal((await usedByAnother[secret]()).status, 200);
      assert.match(await run("drained", "compromised"), /issuer shows 1 use of g1: whoever it is loses it now/);
      pods.pins = OLD;
      await assert.rejects(run("drained", "compromised"), refusal(/pod app-pod-1 still uses g1/));
    });
  }

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
