import type { BoardIdentity } from "../../infra/board/identity.ts";
import type { BoardSource, BoardStack, OpenStack, ShownSettings } from "../../infra/board/source.ts";
import { SECRET_NAMES, type SecretName } from "../../infra/domain/releases.ts";
import { badInput } from "../../infra/errors.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import type { Standing, Status } from "../../infra/runner/status.ts";
import { memoryStore } from "../runner/world.ts";

/** Nobody is known, and nothing can be done. */
export const READ_ONLY: BoardIdentity = { origin: null, proxy: null, tokens: {}, problem: null };

export const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY = 86_400_000;

function bySecret<Value>(of: (name: SecretName) => Value): Record<SecretName, Value> {
  const [supabase, session, afm, redis] = SECRET_NAMES;
  return { [supabase]: of(supabase), [session]: of(session), [afm]: of(afm), [redis]: of(redis) };
}

/** A stack's status with two releases. */
export function standing(parts: Partial<Status> = {}): Standing {
  return {
    status: {
      stack: "production",
      gateway: "https://production.app.example.com",
      releases: [
        { id: "r0a1b2c3d4", version: "2026.11.20-1", image: "app@sha256:1", weight: 95, ready: 2, desired: 2 },
        { id: "r9f8e7d6c5", version: "2026.11.22-3", image: "app@sha256:2", weight: 5, ready: 1, desired: 2 },
      ],
      change: null,
      service: null,
      rollbackTargets: [{ version: "2026.11.20-1", id: "r0a1b2c3d4", legal: true, why: "it is warm" }],
      secrets: bySecret(() => ({ current: "g1", pending: null, previous: null, ageDays: 3 })),
      ...parts,
    },
    ages: bySecret((name) => ({
      ageDays: name === "AFM_KEY" ? 91 : 3,
      maxAge: 90 * DAY,
      rotateBy: name === "AFM_KEY" ? "2026-11-21" : "2027-02-17",
      state: name === "AFM_KEY" ? "overdue" : "in time",
    })),
  };
}

/** A change as a status has it. */
export function openChange(parts: Partial<NonNullable<Status["change"]>> = {}): NonNullable<Status["change"]> {
  return {
    id: "CHG-2026-11-22-001",
    runbook: "promote",
    step: "canary-5",
    state: "waiting",
    resumeAt: "2026-11-22T12:05:00.000Z",
    onCall: "Ada Lovelace",
    unwatchedSince: null,
    approvals: null,
    override: null,
    ...parts,
  };
}

export const settings: ShownSettings = {
  stage: "production",
  onCall: "platform-on-call",
  changes: undefined,
  rotation: { soak: 1, longestSession: 1, observeFor: 1, maxAge: 90 * DAY, auto: [] },
  services: { afmKeys: { overlap: false } },
};

const refuse = () => Promise.reject(badInput("there is nothing to do"));

/** A stack of the board; what isn't given is a quiet one's. */
export function boardStack({
  name = "production",
  service,
  actions,
  ...parts
}: Partial<BoardStack & OpenStack> = {}): BoardStack {
  const opened: OpenStack = { settings, store: memoryStore(), standing: async () => standing(), ...parts };
  return {
    name,
    open: parts.open ?? (async () => opened),
    service:
      service ?? (async () => ({ who: "process 7 on runner-0", since: "2026-11-22T11:00:00.000Z", lookedAt: null })),
    actions: actions ?? { approve: refuse, abort: refuse, resume: refuse, rollback: refuse },
  };
}

/** A store that has the events of a record. */
export function storeWith(
  ...records: readonly (readonly ChangeEvent[])[]
): RecordStore & { records: Map<string, ChangeEvent[]> } {
  const store = memoryStore();
  for (const events of records) store.records.set(events[0]?.change ?? "", [...events]);
  return store;
}

/** A source whose clock stands; what it tells is kept. */
export function boardOf(...stacks: BoardStack[]): BoardSource & { told: string[] } {
  const told: string[] = [];
  return { stacks, now: () => NOW, told, tell: (problem) => void told.push(problem) };
}
