import { type Finding, verifyChain } from "../../records/chain.ts";
import { type ChangeEvent, headAfter, lineOf, NO_HEAD } from "../../records/events.ts";
import { describe } from "./describe.ts";
import { type Answer, type Data, dataOf } from "./event-data.ts";
import type { Place } from "./looks.ts";

/** A step as it went. Times are ISO 8601. */
export interface StepRow {
  name: string;
  title: string;
  startedAt: string | null;
  seconds: number | null;
  state: "done" | "failed" | "under way" | "not begun";
  /** The last word of each gate. */
  verdicts: GateRow[];
}

export interface GateRow {
  gate: string;
  answer: Answer;
  summary: string;
  evidence: string;
  looks: number;
}

export interface TimelineRow extends Place {
  type: string;
  text: string;
  tone: "good" | "bad" | "plain";
}

/** A record as its pages show it. */
export interface RecordView {
  change: string;
  openedAt: string;
  opened: Data["opened"] | null;
  approvedBy: string[];
  closed: Data["closed"] | null;
  closedAt: string | null;
  outcome: string;
  steps: StepRow[];
  timeline: TimelineRow[];
  findings: Finding[];
  /** the last event's hash */
  head: string;
  /** Names of releases for people, by id. */
  names: Map<string, string>;
}

const BAD = new Set(["failed", "refused", "stuck", "abort-requested"]);
const GOOD = new Set(["step-finished", "restored"]);
/** What a look says that comes again and again, and of what; null where an event is no such look: those that change the picture alone stand in the timeline. */
function repeatedIn(event: ChangeEvent): { of: string; word: string } | null {
  const reading = dataOf("sampled", event);
  if (reading !== null) return { of: "", word: reading.summary };
  const gate = dataOf("gate", event);
  const verdict = gate ?? dataOf("round", event) ?? dataOf("read-back", event);
  return verdict === null ? null : { of: gate?.gate ?? "", word: verdict.answer };
}

function toneOf(event: ChangeEvent): TimelineRow["tone"] {
  const answer = dataOf("gate", event)?.answer ?? dataOf("read-back", event)?.answer;
  const closed = dataOf("closed", event);
  if (BAD.has(event.type) || answer === "fail" || (closed !== null && closed.exit !== 0)) return "bad";
  return GOOD.has(event.type) || closed !== null || answer === "pass" ? "good" : "plain";
}

/** The events that tell something new: a gate, or a reading, is left out while it says what it said before in the same step. */
export function timelineOf(events: readonly ChangeEvent[]): TimelineRow[] {
  const said = new Map<string, string>();
  return events.flatMap((event) => {
    const { seq, at, step, type } = event;
    const repeated = repeatedIn(event);
    if (repeated !== null) {
      const key = `${step} ${type} ${repeated.of}`;
      if (said.get(key) === repeated.word) return [];
      said.set(key, repeated.word);
    }
    return [{ seq, at, step, type, text: describe(event), tone: toneOf(event) }];
  });
}

/** What a gate or a reading back said in an event (pure). */
export function verdictIn(event: ChangeEvent): Pick<GateRow, "gate" | "answer" | "summary"> | null {
  const readBack = dataOf("read-back", event);
  return dataOf("gate", event) ?? (readBack === null ? null : { gate: "read-back", ...readBack });
}

function gateRows(events: readonly ChangeEvent[]): GateRow[] {
  const rows = new Map<string, GateRow>();
  for (const event of events) {
    const verdict = verdictIn(event);
    if (verdict === null) continue;
    const { gate, answer, summary } = verdict;
    const evidence = JSON.stringify(event.data.evidence ?? {}, null, 2);
    rows.set(gate, { gate, answer, summary, evidence, looks: (rows.get(gate)?.looks ?? 0) + 1 });
  }
  return [...rows.values()];
}

function stepRow(name: string, events: readonly ChangeEvent[]): StepRow {
  const own = events.filter(({ step }) => step === name);
  const started = own.find(({ type }) => type === "step-started");
  const finished = own.flatMap((event) => dataOf("step-finished", event) ?? [])[0];
  const failed = own.some(({ type }) => type === "failed" || type === "refused");
  const state = failed ? "failed" : finished !== undefined ? "done" : started !== undefined ? "under way" : "not begun";
  return {
    name,
    title: (started === undefined ? null : dataOf("step-started", started)?.title) ?? "",
    startedAt: started?.at ?? null,
    seconds: finished?.seconds ?? null,
    state,
    verdicts: gateRows(own),
  };
}

function namesOf(opened: Data["opened"] | null): Map<string, string> {
  const known = [opened?.replaces, opened?.release];
  return new Map(
    known.flatMap((release) => (release === undefined ? [] : [[release.id, `${release.version} (${release.id})`]])),
  );
}

function chainOf(change: string, events: readonly ChangeEvent[]): Finding[] {
  const last = events.at(-1);
  const lines = events.map((event) => lineOf(event).trimEnd());
  return verifyChain(change, lines, last === undefined ? NO_HEAD : headAfter(last, 0));
}

/** Gathers what a record's pages show (pure). */
export function viewOf(events: readonly ChangeEvent[]): RecordView {
  const [first] = events;
  const change = first?.change ?? "";
  const opened = first === undefined ? null : dataOf("opened", first);
  const closing = events.findLast(({ type }) => type === "closed");
  const closed = closing === undefined ? null : dataOf("closed", closing);
  const begun = events.flatMap(({ step }) => step ?? []);
  return {
    change,
    openedAt: first?.at ?? "",
    opened,
    approvedBy: events.flatMap((event) => dataOf("approved", event)?.by ?? []),
    closed,
    closedAt: closing?.at ?? null,
    outcome: closed?.outcome ?? "open",
    steps: [...new Set([...(opened?.plan ?? []), ...begun])].map((name) => stepRow(name, events)),
    timeline: timelineOf(events),
    findings: chainOf(change, events),
    head: events.at(-1)?.hash ?? "",
    names: namesOf(opened),
  };
}
