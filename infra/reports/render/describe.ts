import { unwatchedInWords } from "../../change/unwatched.ts";
import { formatDuration } from "../../domain/durations.ts";
import { resourceOf } from "../../domain/urn.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { type Data, dataOf, type KnownType } from "./event-data.ts";
import { saidIn } from "./extracts.ts";

/** Weights in one line, the heaviest first. */
export function weightsInWords(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .sort(([, one], [, other]) => other - one)
    .map(([release, weight]) => `${release} ${weight} %`)
    .join(", ");
}

function took(seconds: number | undefined): string {
  return seconds === undefined ? "" : ` in ${formatDuration(seconds * 1_000)}`;
}

const shortUrn = (urn: string): string => resourceOf(urn).name;

function withProblems(text: string, problems: readonly string[]): string {
  return problems.length === 0 ? text : `${text}: ${problems.join("; ")}`;
}

const NOBODY = "no channel is configured";

/** The channels that were not told, or may not have been, and why: a sentence each (pure). */
export function untold(deliveries: Data["announced"]["deliveries"]): string[] {
  return deliveries
    .filter(({ delivered }) => delivered !== "yes")
    .map(({ channel, delivered, detail }) =>
      delivered === "no" ? `${channel} wasn't told: ${detail}` : `${channel} may not have been told: ${detail}`,
    );
}

/** Who was told, in a word. */
function toldInWords(deliveries: Data["announced"]["deliveries"]): string {
  const told = deliveries.filter(({ delivered }) => delivered === "yes").map(({ channel }) => channel);
  return told.length > 0 ? `${told.join(", ")} told` : deliveries.length > 0 ? "nobody told" : NOBODY;
}

function calledInWords(call: Data["stuck"]["call"]): string[] {
  return call === undefined ? [] : [toldInWords(call.deliveries), ...untold(call.deliveries)];
}

/** What events say that carry nothing for people. */
const PLAIN: Readonly<Record<string, string>> = {
  planned: "the plan is recorded",
  updating: "the stack update begins",
  settled: "the gates' time begins",
  "restore-started": "the weights go back to where they were",
  telling: "the channels are being told",
  "requests-begun": "our own requests begin",
  "requests-made": "our own requests have ended: they are subtracted from the users'",
  cleaned: "what the change had added is removed",
  captured: "failing requests and errors are collected from the logs",
};

const WORDS: { readonly [T in KnownType]: (data: Data[T]) => string } = {
  opened: ({ runbook, stack, release, replaces, onCall, reason, afterwards }) => {
    const what = release === undefined ? "" : ` of ${release.version} (${release.id})`;
    const before = replaces === undefined ? "" : ` in place of ${replaces.version} (${replaces.id})`;
    const next = afterwards.length === 0 ? "" : `, then on ${afterwards.join(", ")}`;
    return `${runbook}${what} on ${stack}${next}${before}; on call: ${onCall}${reason ? `; ${reason}` : ""}`;
  },
  admission: ({ quorum, expiresAt, override }) => {
    const others = quorum === 0 ? "no approval is needed" : `${quorum} must approve by ${expiresAt}`;
    return override === null ? others : `the change rules are overridden: ${override}`;
  },
  approved: ({ by, reason }) => `approved by ${by}${reason ? `: ${reason}` : ""}`,
  "resume-requested": ({ by, reason }) => `resumed by ${by}: ${reason}`,
  "step-started": ({ title }) => title,
  previewed: ({ seconds, ahead }) => {
    const when = ahead ? ", as checked while the step before baked" : "";
    return `no policy is violated${when}${took(seconds)}`;
  },
  "engine-started": ({ host, pid }) => `the engine is process ${pid} on ${host}`,
  "lock-broken": ({ owners }) => {
    const dead = owners.map(({ host, pid }) => `process ${pid} on ${host}`).join(", ");
    return `the stack's lock was held by this change's own engine, which is dead (${dead}): the lock was removed`;
  },
  "pending-cleared": ({ adopted }) =>
    `what an interrupted update had started to create is adopted: ${adopted.map(shortUrn).join(", ")}`,
  "pending-left": ({ unknown }) =>
    `pending in the stack's state, from outside this change: ${unknown.map(shortUrn).join(", ")}`,
  adopting: ({ objects }) => `created by an interrupted update, adopted by the next: ${objects.join(", ")}`,
  orphans: ({ namespace, objects }) =>
    `in no stack's state; remove with: kubectl delete -n ${namespace} ${objects.join(" ")}`,
  moved: ({ what, expected, found, call }) =>
    withProblems(`${what}: left at ${expected}, found at ${found}`, calledInWords(call)),
  updated: ({ weights, seconds, adopted }) =>
    adopted === undefined
      ? `the stack is updated${took(seconds)}: ${weightsInWords(weights)}`
      : `the stack had been updated before the runner was interrupted: ${weightsInWords(weights)}`,
  "update-failed": ({ problems }) =>
    withProblems("the update failed, and the stack was put back to where it was", problems),
  "read-back": ({ answer, summary }) => `${answer}: ${summary}`,
  gate: ({ gate, answer, summary }) => `${gate} ${answer}: ${summary}`,
  round: ({ answer }) => `the gates together: ${answer}`,
  waiting: ({ until, why }) => `until ${until}: ${why}`,
  "step-finished": ({ seconds }) => `done${took(seconds)}`,
  failed: ({ reason }) => reason,
  "abort-requested": ({ reason }) => reason,
  refused: ({ why, problems }) => withProblems(why, problems),
  calling: () => "whoever is on call is being called",
  stuck: ({ what, stands, problems, call }) => {
    const weights = stands === undefined ? "" : `; the stack's last known weights: ${stands}`;
    return withProblems(`${what} failed${weights}`, [...problems, ...calledInWords(call)]);
  },
  restored: ({ weights, seconds }) =>
    weights === undefined ? `brought back${took(seconds)}` : `brought back${took(seconds)}: ${weightsInWords(weights)}`,
  announced: ({ ticket, deliveries }) =>
    withProblems(`${toldInWords(deliveries)}; ticket: ${ticket}`, untold(deliveries)),
  "task-done": ({ result }) => result.summary,
  sampled: ({ summary }) => summary,
  invariants: ({ breaches, unknown }) =>
    breaches.length > 0
      ? breaches.join("; ")
      : `the invariants hold${unknown === null ? "" : `, as far as can be seen: ${unknown}`}`,
  undone: ({ result }) => result.summary,
  look: ({ verdict }) => verdict.summary,
  restarting: ({ pod }) => `${pod} hasn't recovered by itself and is replaced`,
  "post-incident": ({ summary, impact }) => `${impact.class}: ${summary}`,
  unwatched: ({ since, until }) => `${unwatchedInWords(since)}; recovered at ${until}`,
  standing: ({ release, pods }) => `${release} has ${pods} pods, enough for all of the traffic`,
  note: ({ text }) => text,
  closed: ({ exit, outcome, summary }) => `${outcome} (exit ${exit})${summary === "" ? "" : `: ${summary}`}`,
};

/** Every type of event that a runner writes, in words. */
export const DESCRIBERS = { ...PLAIN, ...WORDS };

const isKnown = (type: string): type is KnownType => type in WORDS;

function saidBy<T extends KnownType>(type: T, event: ChangeEvent): string | null {
  const data = dataOf(type, event);
  return data === null ? null : WORDS[type](data);
}

/** One line for people about an event. One of an unknown type is shown by what its data say in scalars, else by its type. */
export function describe(event: ChangeEvent): string {
  const { type } = event;
  const said = PLAIN[type] ?? (isKnown(type) ? saidBy(type, event) : null) ?? saidIn(event.data);
  const text = said === "" ? type : said;
  return typeof event.data.note === "string" ? `${text} [${event.data.note}]` : text;
}
