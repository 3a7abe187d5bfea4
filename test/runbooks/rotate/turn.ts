import assert from "node:assert/strict";
import { z } from "zod";
import type { Rotation } from "../../../infra/change/plan.ts";
import type { TaskName } from "../../../infra/change/task-names.ts";
import type { Pod } from "../../../infra/clients/kubernetes.ts";
import { repinned, withCurrent, withPending } from "../../../infra/domain/generations.ts";
import type { Json } from "../../../infra/domain/json.ts";
import { type ReleaseState, type SecretName, stableRelease } from "../../../infra/domain/releases.ts";
import { Refusal } from "../../../infra/errors.ts";
import { fingerprintOf } from "../../../infra/issuers/fingerprint.ts";
import { step } from "../../../infra/runbooks/moves.ts";
import { repinnedRelease } from "../../../infra/runbooks/rotate/plan.ts";
import { rotationTasks, watchInvariants } from "../../../infra/runbooks/rotate/tasks.ts";
import type { RotationOutside } from "../../../infra/runbooks/rotate/turn.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import type { Credentials } from "../../../infra/stack/stack.ts";
import { SUPABASE_MANAGEMENT_TOKEN } from "../../../sandbox/cloud/accounts.ts";
import type { Service } from "../../../sandbox/cloud/services/http.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { RUNNING_POD } from "../../fixtures/pod.ts";
import { validSettings } from "../../program/fixtures/settings.ts";

export const [OLD, NEW] = ["g1", "g2"];
export const [SUPABASE_OLD, AFM_OLD, AFM_TOKEN] = ["sb_secret_the_old_one_01", "afm-the-old-key", "afm-adapter-token"];
export const REDIS_PASSWORDS = { a: "p".repeat(16), b: `q"${"q".repeat(14)}` };
const issued = z.record(z.string(), z.record(z.string(), z.string()));
const WATCHED = { name: "release", title: "start a release" };
export const actor = { change: "CHG-2026-11-23-001", onCall: "Ada" };

/** A rotation right before its revocation: all pods on the new generation, both accepted. */
export interface Turn {
  outside: RotationOutside;
  /** What pods say instead of the new generation, when they were created and last verified a session with the old one, and what they log. */
  pods: { pins: string; log: string; createdAt: number; verifiedAt: number | null };
  state: ReleaseState;
  /** When the release before was gone, and when the step of the task began. */
  times: { retiredAt: number; startedAt: number; unusedFor: number };
  run(task: TaskName, urgency?: Rotation["urgency"]): Promise<string>;
  /** The breaches before a step, in words. */
  watch(): Promise<readonly string[]>;
}

/**
 * A rotation right before its revocation, whose services are asked where RUNBOOKS_SERVICES says.
 * @param redis the REDIS_URLs, by generation
 */
export async function openTurn(secret: SecretName, redis: Readonly<Record<string, string>>): Promise<Turn> {
  const credentials: Credentials = {
    SUPABASE_KEY: { [OLD]: SUPABASE_OLD },
    SESSION_SECRET: { [OLD]: "s".repeat(32) },
    AFM_KEY: { [OLD]: AFM_OLD },
    REDIS_URL: { ...redis },
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
  const pods: Turn["pods"] = { pins: NEW, log: "{}", createdAt: 0, verifiedAt: null };
  const pod: Pod = {
    ...RUNNING_POD,
    name: "app-pod-1",
    release: release.id,
    image: "app",
  };
  const fingerprint = (generation: string) =>
    fingerprintOf({ release: release.id, name: secret, value: credentials[secret][generation] ?? "" });
  const reported = () => {
    const used = pods.pins.split(",").map((generation, position) => {
      return `credential_in_use{name="${secret}",position="${position}",fingerprint="${fingerprint(generation)}"} 1`;
    });
    const { verifiedAt } = pods;
    const count = `session_verifications_total{fingerprint="${fingerprint(OLD)}"} ${verifiedAt === null ? 0 : 1}`;
    const last = `session_last_verified_timestamp_seconds{fingerprint="${fingerprint(OLD)}"} ${(verifiedAt ?? 0) / 1_000}`;
    return [...used, count, last].join("\n");
  };
  const outside: RotationOutside = {
    settings,
    within: 1_000,
    tokens: { supabaseToken: SUPABASE_MANAGEMENT_TOKEN, afmAdapterToken: AFM_TOKEN },
    stack: {
      name: "staging",
      credentials: async () => credentials,
      encrypt: async () => "encrypted",
      exported: async () => "{}",
    },
    store: { read: async () => [], ofStack: async () => [actor.change] },
    target: async () => assert.fail("no session is asked for"),
    kubernetes: {
      serverVersion: async () => "v1.36.3",
      isSandbox: async () => true,
      gatewayUrl: async () => assert.fail("no gateway"),
      httpRoute: async () => null,
      deployment: async () => null,
      pods: async () => [{ ...pod, createdAt: pods.createdAt }],
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
  const times = { retiredAt: Date.now(), startedAt: Date.now(), unusedFor: 0 };
  const results: Record<string, Json> = {};
  const run = async (task: TaskName, urgency: Rotation["urgency"] = "planned"): Promise<string> => {
    const { signal } = new AbortController();
    const now = Date.now();
    const { retiredAt, startedAt, unusedFor } = times;
    const rotation = { secret, old: OLD, next: NEW, handedOver: null, urgency, unusedFor };
    const turned = { ...plan, rotation };
    const record = { results, sample: results["key-uses"] ?? null, finishedAt: { retire: retiredAt } };
    const context = { change: actor.change, plan: turned, step: null, state, ...record, startedAt, signal, now };
    const result = await tasks[task](context);
    results[task] = result;
    return result.summary;
  };
  const watch = async (): Promise<readonly string[]> => {
    const { signal } = new AbortController();
    const rotation = { secret, old: OLD, next: NEW, handedOver: null, urgency: "planned", unusedFor: 0 } as const;
    const watched = { plan: { ...plan, rotation }, state, signal, now: Date.now(), step: step(WATCHED) };
    const { breaches, unknown } = await watchInvariants(outside, { ...watched, change: actor.change });
    assert.equal(unknown, null);
    return breaches;
  };
  if (secret === "SUPABASE_KEY" || secret === "AFM_KEY") {
    outside.stack.encrypt = async (value) => {
      credentials[secret] = { ...credentials[secret], ...issued.parse(JSON.parse(value))[secret] };
      return "encrypted";
    };
    await run("mint");
  }
  return { outside, pods, state, times, run, watch };
}

/** A refusal that says something, and holds no value. */
export const refusal = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.match(error.message, says);
  for (const value of [SUPABASE_OLD, AFM_OLD, REDIS_PASSWORDS.a, REDIS_PASSWORDS.b]) {
    assert.ok(!error.message.includes(value));
  }
  return true;
};

/** What answers instead of the services on the internet. */
interface Served {
  management: Service;
  project: { gateway: Service };
  afm: { service: Service; adapter: Service };
}

/** Has the services of a spec's turns asked on this machine. */
export function servedInstead(served: () => Served): void {
  const before = process.env.RUNBOOKS_SERVICES;
  beforeEach(() => {
    const { management, project, afm } = served();
    const origins = {
      "api.supabase.com": management.url,
      "127.supabase.co": project.gateway.url,
      "api.afm.example": afm.service.url,
      "afm-keys.platform.example": afm.adapter.url,
    };
    process.env.RUNBOOKS_SERVICES = Object.entries(origins)
      .map((pair) => pair.join("="))
      .join(" ");
  });
  afterEach(() => {
    if (before === undefined) delete process.env.RUNBOOKS_SERVICES;
    else process.env.RUNBOOKS_SERVICES = before;
  });
}
