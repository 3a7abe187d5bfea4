import { windowAt } from "../admission/calendar.ts";
import { SECRET_NAMES, type SecretName } from "../domain/releases.ts";
import type { RotationAge } from "../domain/rotation-age.ts";
import type { ChangeEvent } from "../records/events.ts";
import { openedIn } from "../records/opened.ts";
import { dataOf } from "../reports/render/event-data.ts";
import { movesIn } from "../reports/render/looks.ts";
import { type Tone, verdictOf } from "../reports/render/verdict.ts";
import type { RunningService } from "../runner/running-service.ts";
import type { Standing, Status } from "../runner/status.ts";
import type { Kept } from "./kept.ts";
import type { ShownSettings } from "./source.ts";

/** A release as it stands. */
export interface CardRelease {
  id: string;
  version: string;
  /** percent of the traffic */
  weight: number;
  /** pods; null where that isn't known yet */
  ready: number | null;
  desired: number | null;
}

/** The change under way. */
export interface CardChange {
  id: string;
  runbook: string;
  step: string | null;
  /** how many of its steps are done, of how many; null where its record doesn't say */
  done: { steps: number; of: number } | null;
  /** what it does now, or waits for */
  state: string;
  /** what comes next, and from when on, ISO 8601; null where it comes as soon as it can */
  next: { what: string; at: string | null };
  onCall: string;
  /** ISO 8601; null where somebody looks, or nobody has to */
  unwatchedSince: string | null;
  approvals: NonNullable<Status["change"]>["approvals"];
  override: string | null;
}

/** A stack as the board shows it. Times are ISO 8601. */
export interface StackCard {
  name: string;
  stage: string | null;
  gateway: string | null;
  onCall: string | null;
  tone: Tone;
  /** how it stands, in a word or two */
  word: string;
  /** what can't be read now, and why; empty where all can */
  problems: string[];
  /** when the stack was read; null: not yet */
  readAt: string | null;
  releases: CardRelease[];
  change: CardChange | null;
  /** what comes next where no change is under way */
  idle: { what: string; at: string | null } | null;
  service: RunningService | null;
  /** secrets that are to be rotated soon, or should have been */
  due: { name: SecretName; state: RotationAge["state"]; rotateBy: string }[];
}

/** What is known of a stack. */
export interface StackFacts {
  name: string;
  seen: Kept<{ settings: ShownSettings; standing: Standing }>;
  /** the record of the open change; empty where none is, or it can't be read */
  events: readonly ChangeEvent[];
  service: Kept<RunningService | null>;
  /** milliseconds since the epoch */
  now: number;
}

/** The weights as the stack had them, or as the record has moved them since. */
function releasesOf({ status }: Standing, readAt: number, events: readonly ChangeEvent[]): CardRelease[] {
  const move = movesIn(events).findLast(({ at }) => Date.parse(at) > readAt);
  const known = status.releases.map(({ id, version, weight, ready, desired }) => ({
    id,
    version,
    weight: move === undefined ? weight : (move.weights[id] ?? 0),
    ready,
    desired,
  }));
  const coming = events[0] === undefined ? undefined : openedIn(events[0].data).release;
  const added = Object.entries(move?.weights ?? {}).flatMap(([id, weight]) => {
    if (known.some((one) => one.id === id)) return [];
    return [{ id, version: coming?.id === id ? coming.version : id, weight, ready: null, desired: null }];
  });
  return [...known, ...added].sort((one, other) => other.weight - one.weight);
}

type OpenStatus = NonNullable<Status["change"]>;

function nextOf(change: OpenStatus, plan: readonly string[], stuck: boolean): CardChange["next"] {
  const { state, step, resumeAt, approvals } = change;
  const after = step === null ? plan[0] : plan[plan.indexOf(step) + 1];
  if (stuck) return { what: `${change.onCall} fixes the cause, then resumes the change`, at: null };
  if (state === "awaiting approval" && approvals !== null) {
    const missing = approvals.quorum - approvals.by.length;
    return { what: `${missing} more must approve, or the change ends before it begins`, at: approvals.expiresAt };
  }
  if (state === "returning") return { what: "the weights and releases from before the change", at: resumeAt };
  const then = after === undefined ? "the change ends" : `step ${after}`;
  return { what: step === null ? `step ${after ?? "one"}` : `${then}, once ${step} has passed`, at: resumeAt };
}

/** What a record's words say of how its change stands, as a status has it. */
const STATES: Readonly<Record<string, string>> = {
  Waiting: "waiting",
  "Awaits approval": "awaiting approval",
  "Going back": "returning",
};

/**
 * A change as its status had it, or as its record has moved on since (pure); null where it has ended.
 * @param readAt when the status was read, in milliseconds
 */
function asOfNow(change: OpenStatus, events: readonly ChangeEvent[], readAt: number): OpenStatus | null {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined || Date.parse(last.at) <= readAt) return change;
  if (last.type === "closed") return null;
  const opened = openedIn(first.data);
  const view = { opened: null, closed: null, change: change.id, names: new Map<string, string>() };
  const by = events.flatMap((event) => dataOf("approved", event)?.by ?? []);
  return {
    ...change,
    runbook: opened.runbook ?? change.runbook,
    step: events.findLast(({ type }) => type === "step-started")?.step ?? null,
    state: STATES[verdictOf(events, view).word] ?? "due",
    resumeAt: dataOf("waiting", last)?.until ?? null,
    // Somebody has just written into it.
    unwatchedSince: null,
    approvals: change.approvals === null ? null : { ...change.approvals, by },
  };
}

function changeOf(change: OpenStatus, events: readonly ChangeEvent[]): CardChange {
  const plan = (events[0] === undefined ? null : openedIn(events[0].data).plan) ?? [];
  const stuck = events.at(-1)?.type === "stuck";
  const place = change.step === null ? -1 : plan.indexOf(change.step);
  const finished = new Set(
    events.flatMap(({ type, step }) => (type === "step-finished" && step !== null ? [step] : [])),
  );
  const steps = place === -1 ? finished.size : Math.max(place, finished.size);
  return {
    id: change.id,
    runbook: change.runbook,
    step: change.step,
    done: plan.length === 0 ? null : { steps: Math.min(steps, plan.length), of: plan.length },
    state: stuck ? "stuck" : change.state,
    next: nextOf(change, plan, stuck),
    onCall: change.onCall,
    unwatchedSince: change.unwatchedSince,
    approvals: change.approvals,
    override: change.override,
  };
}

function idleOf({ changes }: ShownSettings, now: number): StackCard["idle"] {
  const window = changes === undefined ? null : windowAt(changes, now);
  if (window === null || window.open) return { what: "a change may begin", at: null };
  const opens = window.opensAt === null ? null : new Date(window.opensAt).toISOString();
  return { what: `no change may begin: ${window.why}`, at: opens };
}

function dueOf({ ages }: Standing): StackCard["due"] {
  return SECRET_NAMES.flatMap((name) => {
    const { state, rotateBy } = ages[name];
    return state === "in time" ? [] : [{ name, state, rotateBy }];
  });
}

type Word = Pick<StackCard, "tone" | "word">;

const UNREADABLE: Word = { tone: "bad", word: "Can't be read" };

/** How a stack stands that was read before. */
function wordOf(change: CardChange | null, problems: readonly string[]): Word {
  if (change?.state === "stuck") return { tone: "bad", word: "Stuck" };
  if (change?.unwatchedSince) return { tone: "bad", word: "Unwatched" };
  if (change?.state === "returning") return { tone: "bad", word: "Going back" };
  if (problems.length > 0) return UNREADABLE;
  if (change === null) return { tone: "good", word: "Quiet" };
  if (change.state === "awaiting approval") return { tone: "hold", word: "Awaits approval" };
  return { tone: "hold", word: change.state === "waiting" ? "Waiting" : "Under way" };
}

/** How a stack stands that wasn't read yet. */
function wordBeforeRead(problems: readonly string[]): Word {
  return problems.length > 0 ? UNREADABLE : { tone: "hold", word: "Being read" };
}

/** A stack as the board shows it, from what is known of it (pure). What can't be read is said, and the rest is shown. */
export function cardOf({ name, seen, events, service, now }: StackFacts): StackCard {
  const { value, at } = seen;
  const problems = [...new Set([seen.problem, service.problem].flatMap((problem) => problem ?? []))];
  const shared = { name, problems, service: service.value };
  if (value === null || at === null) {
    const unknown = { stage: null, gateway: null, onCall: null, readAt: null, change: null, idle: null };
    return { ...shared, ...unknown, ...wordBeforeRead(problems), releases: [], due: [] };
  }
  const { settings, standing } = value;
  const { status } = standing;
  const under = status.change === null ? null : asOfNow(status.change, events, at);
  const change = under === null ? null : changeOf(under, events);
  return {
    ...shared,
    ...wordOf(change, problems),
    stage: settings.stage,
    gateway: status.gateway,
    onCall: change?.onCall ?? settings.onCall,
    readAt: new Date(at).toISOString(),
    releases: releasesOf(standing, at, events),
    change,
    idle: change === null ? idleOf(settings, now) : null,
    due: dueOf(standing),
  };
}
