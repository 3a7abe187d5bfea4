import { z } from "zod";
import type { ChangeEvent } from "../../records/events.ts";
import { openedSchema } from "../../records/opened.ts";

const answer = z.enum(["pass", "fail", "hold"]);
const weights = z.record(z.string(), z.number());
const problems = z.array(z.string()).default([]);
const requests = z.object({ requests: z.number(), errors: z.number() });

/** Requests, and how many of them failed. */
export type Counted = z.infer<typeof requests>;

const delivery = z.object({
  channel: z.string(),
  delivered: z.enum(["yes", "no", "unknown"]),
  detail: z.string(),
  tries: z.number().optional(),
});

/** Who was told where a person was called; left out where nobody had to be, or was before. */
const call = z.object({ key: z.string(), deliveries: z.array(delivery) }).optional();

export type Answer = z.infer<typeof answer>;

/** What a reader of a record needs of each type of event; more may stand in it. */
const DATA = {
  opened: openedSchema,
  admission: z.object({ quorum: z.number(), expiresAt: z.string(), override: z.string().nullable() }),
  approved: z.object({ by: z.string(), reason: z.string().nullish() }),
  "resume-requested": z.object({ by: z.string(), reason: z.string() }),
  "step-started": z.object({ title: z.string(), until: z.string().optional() }),
  previewed: z.object({ seconds: z.number(), ahead: z.boolean().default(false) }),
  "engine-started": z.object({ host: z.string(), pid: z.number() }),
  "lock-broken": z.object({ owners: z.array(z.object({ host: z.string(), pid: z.number() })) }),
  "pending-cleared": z.object({ adopted: z.array(z.string()) }),
  adopting: z.object({ objects: z.array(z.string()) }),
  orphans: z.object({ namespace: z.string(), objects: z.array(z.string()) }),
  "pending-left": z.object({ unknown: z.array(z.string()) }),
  moved: z.object({
    what: z.string(),
    expected: z.string(),
    found: z.string(),
    holder: z.string().nullable().default(null),
    call,
  }),
  updated: z.object({ weights, seconds: z.number().optional(), adopted: z.string().optional() }),
  "update-failed": z.object({ problems: z.array(z.string()) }),
  "read-back": z.object({ answer, summary: z.string() }),
  gate: z.object({
    gate: z.string(),
    answer,
    summary: z.string(),
    evidence: z.record(z.string(), z.json()).default({}),
  }),
  round: z.object({ answer }),
  "task-done": z.object({ task: z.string(), result: z.looseObject({ summary: z.string() }) }),
  sampled: z.object({ summary: z.string() }),
  invariants: z.object({ breaches: z.array(z.string()), unknown: z.string().nullable() }),
  undone: z.object({ task: z.string(), result: z.looseObject({ summary: z.string() }) }),
  /** What is awaited; records of before say only why. */
  waiting: z.object({ until: z.string(), why: z.string(), awaits: z.enum(["approval", "time"]).default("time") }),
  "step-finished": z.object({ seconds: z.number() }),
  failed: z.object({ reason: z.string() }),
  "abort-requested": z.object({ reason: z.string() }),
  refused: z.object({ why: z.string(), problems }),
  calling: z.object({ key: z.string() }),
  stuck: z.object({
    what: z.string(),
    stands: z.string().optional(),
    problems,
    call,
  }),
  restored: z.object({ weights: weights.optional(), seconds: z.number().optional() }),
  announced: z.object({
    ticket: z.string(),
    deliveries: z.array(delivery),
  }),
  unwatched: z.object({ since: z.string(), until: z.string() }),
  standing: z.object({ release: z.string(), pods: z.number() }),
  note: z.object({ text: z.string() }),
  look: z.object({ verdict: z.object({ summary: z.string() }) }),
  restarting: z.object({ pod: z.string() }),
  "post-incident": z.object({ summary: z.string(), impact: z.object({ class: z.string() }) }),
  closed: z.object({ exit: z.number(), outcome: z.string(), summary: z.string().default("") }),
};

export type KnownType = keyof typeof DATA;

/** The data by type of event. */
export type Data = { [T in KnownType]: z.output<(typeof DATA)[T]> };

const SCHEMAS: { readonly [T in KnownType]: z.ZodType<Data[T]> } = DATA;

/** The data of an event of the given type, or null where it is of another type or says less than it should. */
export function dataOf<T extends KnownType>(type: T, event: ChangeEvent): Data[T] | null {
  if (event.type !== type) return null;
  const parsed = SCHEMAS[type].safeParse(event.data);
  return parsed.success ? parsed.data : null;
}

/** The call for a person that an event tells of (pure). */
export function callOf(event: ChangeEvent): z.output<typeof call> {
  return (dataOf("stuck", event) ?? dataOf("moved", event))?.call;
}

const durations = z.object({ requests: z.number(), p50: z.number().nullable(), p99: z.number().nullable() });

/** Requests and two of their durations in milliseconds; null: above every bound of the histogram, or no request. */
export type Timed = z.infer<typeof durations>;

/** The evidence of a gate that compares two releases. */
const evidenceOf = <Seen extends z.ZodType>(seen: Seen) =>
  z.object({ canary: seen, stable: seen.nullish(), e: z.number(), threshold: z.number().optional() });

export const latencyEvidence = evidenceOf(durations);
export const errorRateEvidence = evidenceOf(requests).extend({ p: z.number().optional() });
