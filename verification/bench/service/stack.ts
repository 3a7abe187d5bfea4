import { headersIn } from "../../../infra/domain/release-header.ts";
import { type Desired, type Release, type ReleaseState, stateHash } from "../../../infra/domain/releases.ts";
import { GATE_NAMES, GATES, type Gate, type GateName } from "../../../infra/gates/index.ts";
import { newRecorder } from "../../../infra/metrics/own-requests.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import type { Reporter } from "../../../infra/reports/reporter/index.ts";
import { inputSchema, planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { keepPlan } from "../../../infra/runbooks/kept-plan.ts";
import type { Clock } from "../../../infra/runner/clock.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import type { RecoverySession } from "../../../infra/runner/session.ts";
import { incidentSchema } from "../../../infra/settings/incident.ts";
import type { Outcome, Stack } from "../../../infra/stack/stack.ts";
import { firstState, manifest, nextRelease } from "../../mocks/release-state.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long the outside takes to answer, in milliseconds, as it does on a real stack. */
const TAKES = { gate: 80, preview: 8_000, update: 20_000, readBack: 1_500, target: 30 };

/** What a simulated stack lives on. */
export interface Outside {
  clock: Clock;
  wait(milliseconds: number): Promise<void>;
  store: RecordStore;
  reporter: Reporter;
  /** told when a look is due, and when one is begun, in milliseconds since the epoch */
  lookedAt(due: number, at: number): void;
  writePages: RecoverySession["writePages"];
}

/** How changes are watched: how often gates look, and how long each weight and the last check last, in milliseconds. */
export interface Watch {
  interval: number;
  stepFor: number;
  lastCheck: number;
}

/** As a canary goes in production. */
export const PRODUCTION: Watch = { interval: 30_000, stepFor: 10 * MINUTE, lastCheck: 24 * HOUR };

/** A stack of the simulation, on which promotes are opened one after the other. */
export interface SimulatedStack {
  name: string;
  session: RecoverySession;
  /** Opens the next canary as a command does, and leaves it to the service. */
  open(): Promise<string>;
}

/** A stack whose updates succeed after as long as real ones take, and whose gates pass. */
export function simulatedStack(name: string, watch: Watch, outside: Outside): SimulatedStack {
  const { clock, wait, store, reporter } = outside;
  let state: ReleaseState = firstState();
  let version = 1;
  const made = async (desired: Desired, takes: number): Promise<Outcome | null> => {
    if (desired.from !== stateHash(state)) return { kind: "moved", problems: ["the stack has moved on"] };
    await wait(takes);
    return null;
  };
  const stack: Stack = {
    name,
    credentials: async () => ({ SUPABASE_KEY: {}, SESSION_SECRET: {}, AFM_KEY: {}, REDIS_URL: {} }),
    exported: async () => "{}",
    encrypt: async () => "v1:ciphertext",
    state: async () => state,
    preview: async (desired) =>
      (await made(desired, TAKES.preview)) ?? { kind: "done", seconds: TAKES.preview / 1_000, changes: { update: 1 } },
    async update(desired) {
      const moved = await made(desired, TAKES.update);
      if (moved !== null) return moved;
      state = desired.to;
      return { kind: "done", seconds: TAKES.update / 1_000, changes: { update: 1 } };
    },
    awaitEngine: async () => "gone",
    breakOwnLock: async () => "not ours",
    resources: async () => [],
    pending: async () => ({ root: null, adopted: [], unknown: [] }),
    clearPending: async () => undefined,
    readHalfway: async () => ({ kind: "done", seconds: 0, changes: {} }),
  };
  let due: number | null = null;
  const recorder = newRecorder(clock.now);
  const session: RecoverySession = {
    stack,
    store,
    clock: {
      ...clock,
      async sleepUntil(time, signal) {
        await clock.sleepUntil(time, signal);
        due = signal.aborted ? null : time;
      },
    },
    reporter,
    limits: {
      minimumRequests: 1,
      alpha: 0.05,
      hardLimitPercent: 5,
      withoutUsers: "hold",
      latency: null,
      pods: { restarts: 1, unready: 3 },
    },
    counters: async () => [],
    pods: async () => [],
    recorder,
    gates: passing(async () => {
      if (due !== null) outside.lookedAt(due, clock.now());
      due = null;
      await wait(TAKES.gate);
    }),
    tasks: unasked(),
    target: async ({ release, stable }) => {
      await wait(TAKES.target);
      const place = { baseUrl: "http://127.0.0.1", hostname: null, healthPath: "/", readyPath: "/" };
      const who = { user: "", password: "", meter: recorder };
      return { ...place, ...who, release: release.id, stable: stable?.id ?? null, headers: headersIn([]) };
    },
    async readBack() {
      await wait(TAKES.readBack);
      return { gate: "read-back", answer: "pass", summary: "as asked", evidence: {} };
    },
    owned: async () => [],
    namespace: `app-${name}`,
    announce: async () => [],
    writePages: outside.writePages,
    incident: {
      look: () => Promise.reject(new Error("no incident is simulated")),
      logs: async () => ({ texts: {}, unread: [] }),
    },
    onCall: "Ada",
    override: null,
    settings: { incident: incidentSchema.parse({}) },
  };
  return {
    name,
    session,
    async open() {
      version += 1;
      const release = nextRelease(state, manifest(String(version % 10), { version: `2026.11.22-${version}` }));
      const input = promoteOf(state, release, watch);
      const opened = { stack: name, runbook: "promote", onCall: "Ada", startedBy: "bench" };
      const change = await store.open(name, new Date(clock.now()), { ...opened, ...keepPlan(planOf("", input), null) });
      const journal = await openJournal(store, change, clock, reporter);
      await journal.write("planned", null, JSON.parse(JSON.stringify(inputSchema.parse(input))));
      await store.markNews(name);
      return change;
    },
  };
}

function promoteOf(base: ReleaseState, release: Release, { interval, stepFor, lastCheck }: Watch): RunbookInput {
  const check = (milliseconds: number) => ({ nominal: milliseconds, wall: milliseconds });
  return {
    runbook: "promote",
    base,
    release,
    onCall: "Ada",
    timing: { interval, gateTimeout: 5 * MINUTE, drain: 1_000 },
    weights: [5, 25, 50, 100],
    stepFor,
    checks: [check(lastCheck)],
    guarded: true,
    freshBaseline: false,
    ownGates: [],
  };
}

/** Every gate: it passes, with evidence of the size that a real one has. */
function passing(look: () => Promise<void>): Record<GateName, Gate> {
  const gates = { ...GATES };
  for (const name of GATE_NAMES) {
    gates[name] = {
      ...GATES[name],
      async observe() {
        await look();
        const evidence = { canary: { requests: 412, errors: 0 }, stable: { requests: 7_730, errors: 2 }, bound: 4.6 };
        return { verdict: { gate: name, answer: "pass", summary: "0 of 412 requests failed", evidence }, memory: null };
      },
    };
  }
  return gates;
}

/** No promote without migrations has a task. */
function unasked(): RecoverySession["tasks"] {
  const task = () => Promise.reject(new Error("no task is simulated"));
  return {
    "key-uses": task,
    unused: task,
    search: task,
    drained: task,
    scan: task,
    mint: task,
    probe: task,
    revoke: task,
    refused: task,
    reconnect: task,
    unmint: task,
  };
}
