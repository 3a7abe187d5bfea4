import type { Message } from "../../../infra/notify/channel.ts";
import { thisProcess } from "../../../infra/records/lease.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import type { Clock } from "../../../infra/runner/clock.ts";
import { resumeChange } from "../../../infra/runner/resume.ts";
import type { RecoverySession } from "../../../infra/runner/session.ts";
import type { OtherStacks } from "../../../infra/service/rotations/facts.ts";
import type { RotationSession } from "../../../infra/service/rotations/loop.ts";
import { openDueRotation } from "../../../infra/service/rotations/open-due.ts";
import { parseSettings, type Settings } from "../../../infra/settings/index.ts";
import type { Stack } from "../../../infra/stack/stack.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { validSettings } from "../../program/fixtures/settings.ts";
import { everyGate, sessionOn } from "../../runner/session.ts";
import { memoryStack, memoryStore, tape } from "../../runner/world.ts";

export const DAY = 86_400_000;

/** A clock that a test sets, and that passes where the runner waits. */
export function setClock(start: string): Clock & { set(time: string): void } {
  let [time, passed] = [Date.parse(start), 0];
  const pass = (milliseconds: number): void => {
    time += milliseconds;
    passed += milliseconds;
  };
  return {
    scale: 1,
    set(to) {
      time = Date.parse(to);
    },
    now: () => {
      pass(1);
      return time;
    },
    passed: () => passed,
    async sleepUntil(until) {
      pass(Math.max(0, until - time));
    },
  };
}

/** Few looks at the gates: what is tried here is what is opened, and when. */
const QUICK = {
  canary: { steps: [50, 100], stepFor: "1m", checks: [] },
  gates: { interval: "1m", timeout: "5m", minimumRequests: 1, errorRate: { alpha: "0.05", hardLimitPercent: 5 } },
};
const SHORT = { soak: "1m", longestSession: "1m", observeFor: "1m" };
const rotationIn = ({ rotation }: Record<string, unknown>) => (typeof rotation === "object" ? rotation : {});

export type WorldSession = RotationSession & RecoverySession & { settings: Settings };

/** A stack in memory. */
export interface StackWorld {
  name: string;
  stack: Stack;
  told: Message[];
  /** whether the gates of a canary fail */
  fails: boolean;
  /** a session of one more process: `store` wraps what it opens */
  session(store?: (store: RecordStore) => RecordStore): WorldSession;
  /** runs the open change to its end by the real runner */
  runs(): Promise<number>;
}

/** Records in memory, whose leases keep others off as those of a folder do. */
export function storeInMemory(): () => RecordStore {
  const store = memoryStore();
  const held = new Set<string>();
  const holder = { ...thisProcess(null), at: "2026-11-22T12:00:00.000Z" };
  const lease: RecordStore["lease"] = async (stack) => {
    if (held.has(stack)) return { held: false, holder };
    held.add(stack);
    return { held: true, release: async () => void held.delete(stack) };
  };
  return () => ({ ...store, lease });
}

/** Stacks whose secrets were made on 2026-11-22, on one clock; `open` opens the record store as one more process does. */
export function rotationWorld(
  clock: Clock,
  stacks: Readonly<Record<string, Record<string, unknown>>>,
  open: () => RecordStore = storeInMemory(),
) {
  const of = ([name, own]: [string, Record<string, unknown>]): StackWorld => {
    const stack: Stack = { ...memoryStack(firstState(), tape([]), () => undefined), name };
    const settings = parseSettings({
      ...validSettings(),
      ...QUICK,
      ...own,
      rotation: { ...SHORT, ...rotationIn(own) },
    });
    const told: Message[] = [];
    const world: StackWorld = {
      name,
      stack,
      told,
      fails: false,
      session: (wrapped = (store) => store) => ({
        ...sessionOn(stack, wrapped(open()), clock, tape([])),
        gates: everyGate((gate) => (world.fails && gate === "health" ? "fail" : "pass")),
        announce: async (message) => {
          told.push(message);
          return [];
        },
        settings,
        override: null,
      }),
      async runs() {
        const leaving = { whenWaiting: "stay", signal: new AbortController().signal } as const;
        return (await resumeChange(world.session(), leaving)).result.exit;
      },
    };
    return world;
  };
  const all = new Map(Object.entries(stacks).map((one) => [one[0], of(one)] as const));
  const get = (name: string): StackWorld => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`no stack ${name}`);
    return found;
  };
  const statesOf = (stage: string) =>
    Promise.all(
      [...all.values()].flatMap((one) => {
        const { settings } = one.session();
        const named = async () => ({ name: one.name, state: await one.stack.state(), rotation: settings.rotation });
        return settings.stage === stage ? [named()] : [];
      }),
    );
  const others: OtherStacks = { staging: () => statesOf("staging"), production: () => statesOf("production") };
  return {
    get,
    others,
    open,
    /** what a service opens on a stack now */
    look: (name: string, session = get(name).session()) => openDueRotation(session, others),
    /** how many rotations were planned on a stack, whatever became of them */
    async planned(name: string) {
      const store = open();
      const changes = await store.ofStack(name);
      const events = await Promise.all(changes.map((change) => store.read(change)));
      return events.filter((all) => all.some(({ type }) => type === "planned")).length;
    },
  };
}
