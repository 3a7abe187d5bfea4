import { z } from "zod";
import type { ChangeEvent } from "../../records/events.ts";
import { untold } from "./describe.ts";
import { callOf, dataOf } from "./event-data.ts";
import type { RecordView } from "./view.ts";

export type Tone = "good" | "bad" | "hold";

/** Something that a person is asked to do, with the command for it where there is one. */
export interface Asked {
  text: string;
  command: string | null;
}

/** What somebody who was just woken wants to know. */
export interface ChangeVerdict {
  tone: Tone;
  /** how the change stands, in a word or two */
  word: string;
  headline: string;
  /** why it failed, and what the gates saw */
  why: string[];
  /** the weights as they were last left, with the event that says so; empty where none does */
  traffic: { name: string; weight: number; seq: number; field: string }[];
  asked: Asked[];
}

const asks = (text: string, command: string | null = null): Asked => ({ text, command });
/** Events after which a change that was stuck is going on again. */
const GOING_ON = new Set(["stuck", "updated", "settled", "step-finished", "restored", "cleaned", "closed"]);

type Known = Pick<RecordView, "opened" | "closed" | "change" | "names">;
type Short = Pick<ChangeVerdict, "tone" | "word" | "headline" | "asked">;

const planned = z.object({
  base: z.object({ releases: z.array(z.object({ id: z.string(), weight: z.number() })) }),
});

/** The weights as the last event that tells them has it: an update, or the plan before the first one. */
function trafficOf(events: readonly ChangeEvent[], { names }: Known): ChangeVerdict["traffic"] {
  const name = (release: string) => names.get(release) ?? release;
  const heaviest = (list: ChangeVerdict["traffic"]) => list.sort((one, other) => other.weight - one.weight);
  const last = events.findLast((event) => weightsIn(event) !== null);
  if (last !== undefined) {
    const { seq } = last;
    const weights = Object.entries(weightsIn(last) ?? {});
    return heaviest(
      weights.map(([release, weight]) => ({ name: name(release), weight, seq, field: `weights.${release}` })),
    );
  }
  const plan = events.find(({ type }) => type === "planned");
  const base = planned.safeParse(plan?.data);
  if (plan === undefined || !base.success) return [];
  const { seq } = plan;
  const before = base.data.base.releases.map(({ id, weight }, index) => ({
    name: name(id),
    weight,
    seq,
    field: `base.releases.${index}.weight`,
  }));
  return heaviest(before);
}

function weightsIn(event: ChangeEvent): Record<string, number> | null {
  const { weights } = dataOf("updated", event) ?? dataOf("restored", event) ?? {};
  return weights === undefined || Object.keys(weights).length === 0 ? null : weights;
}

/** Why it failed: the recorded reason, and the last word of each gate of that step which had not passed. */
function whyOf(events: readonly ChangeEvent[]): string[] {
  const failed = events.findLast(({ type }) => ["failed", "abort-requested", "stuck", "refused"].includes(type));
  if (failed === undefined) return [];
  const stuck = dataOf("stuck", failed);
  const refused = dataOf("refused", failed);
  const reason = (dataOf("failed", failed) ?? dataOf("abort-requested", failed))?.reason ?? null;
  const problems = stuck?.problems ?? refused?.problems ?? [];
  const said = new Map<string, string>();
  for (const event of events) {
    const gate = event.step === failed.step && event.seq <= failed.seq ? dataOf("gate", event) : null;
    if (gate === null) continue;
    if (gate.answer === "pass") said.delete(gate.gate);
    else said.set(gate.gate, `${gate.gate}: ${gate.summary}`);
  }
  return [...(reason === null ? [] : [reason]), ...problems, ...said.values()];
}

function closedIn({ opened, closed }: Known, exit: number, events: readonly ChangeEvent[]): Short {
  const version = opened?.release?.version ?? "the release";
  const what = `${opened?.runbook ?? "change"} of ${version} on ${opened?.stack ?? "the stack"}`;
  const announced = events.flatMap((event) => dataOf("announced", event) ?? []).at(-1);
  const ticket = `Fill in root cause and prevention in the ticket, ${ticketName(announced?.ticket ?? "")} beside this record.`;
  const tickets = announced === undefined ? [] : [asks(ticket)];
  if (exit === 0) return { tone: "good", word: "Done", headline: `The ${what} is done.`, asked: tickets };
  if (exit === 1) {
    const before = opened?.replaces?.version;
    const serving = before === undefined ? "it is as it was before" : `${before} serves as before`;
    const headline = `${version} is off ${opened?.stack ?? "the stack"} again: ${serving}.`;
    const remedy = asks(`Fix ${version}, then release it as a new version.`);
    return { tone: "bad", word: "Taken back", headline, asked: [...tickets, remedy] };
  }
  const headline = `The ${what} was refused: ${closed?.summary ?? "nothing was changed"}.`;
  const asked = [asks("Fix what is named here, then start it again.")];
  return { tone: "bad", word: "Refused", headline, asked };
}

/** A ticket's name without the place that it shares with the record (pure). */
function ticketName(place: string): string {
  return place.split(/[\\/]/).at(-1) ?? place;
}

function openIn({ opened, change }: Known, events: readonly ChangeEvent[]): Short {
  const stack = opened?.stack ?? "STACK";
  const what = `The ${opened?.runbook ?? "change"} of ${opened?.release?.version ?? "the release"} on ${stack}`;
  const last = events.findLast(({ type }) => GOING_ON.has(type));
  if (last?.type === "stuck") {
    const call = `${opened?.onCall ?? "A person"} is needed: fix the cause, then run:`;
    const asked = asks(call, `runbook resume --stack ${stack}`);
    return { tone: "bad", word: "Stuck", headline: `${what} can't continue by itself.`, asked: [asked] };
  }
  const newest = events.at(-1);
  const waiting = newest === undefined ? null : dataOf("waiting", newest);
  if (waiting?.awaits === "approval") {
    const asked = asks(
      `Look at it and, if you may, approve it before ${waiting.until}:`,
      `runbook approve ${change} --stack ${stack}`,
    );
    return { tone: "hold", word: "Awaits approval", headline: `${what} waits: ${waiting.why}.`, asked: [asked] };
  }
  if (waiting !== null) {
    const asked = asks(`Nothing before ${waiting.until}. CI's schedule then runs:`, `runbook resume --stack ${stack}`);
    return { tone: "hold", word: "Waiting", headline: `${what} waits: ${waiting.why}.`, asked: [asked] };
  }
  const failed = events.some(({ type }) => type === "failed" || type === "abort-requested");
  const asked = asks(
    `Nothing while a runner is at work on ${change}. To follow it:`,
    `runbook status --stack ${stack} --watch`,
  );
  if (failed)
    return { tone: "bad", word: "Going back", headline: `${what} failed and is being taken back.`, asked: [asked] };
  return { tone: "hold", word: "Under way", headline: `${what} is under way.`, asked: [asked] };
}

/** Who wasn't told at the last try of each message: one that failed was made up for by a later one (pure). */
function stillUntold(events: readonly ChangeEvent[]): string[] {
  const last = new Map<string, Parameters<typeof untold>[0]>();
  for (const event of events) {
    const call = callOf(event);
    const deliveries = (dataOf("announced", event) ?? call)?.deliveries;
    if (deliveries !== undefined) last.set(call?.key ?? "", deliveries);
  }
  return [...last.values()].flatMap(untold);
}

/** What happened, where traffic stands, and what is asked of whom (pure). */
export function verdictOf(events: readonly ChangeEvent[], view: Known): ChangeVerdict {
  const { closed } = view;
  const short = closed === null ? openIn(view, events) : closedIn(view, closed.exit, events);
  const asked = [...short.asked, ...stillUntold(events).map((text) => asks(`Tell them yourself: ${text}`))];
  return {
    ...short,
    why: short.tone === "good" ? [] : whyOf(events),
    traffic: trafficOf(events, view),
    asked: asked.length === 0 ? [asks("Nothing.")] : asked,
  };
}
