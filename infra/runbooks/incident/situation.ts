import { z } from "zod";
import { hasReached, mayHaveReached } from "../../notify/reached.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { verdictSchema } from "./verdict.ts";

const failingPod = z.strictObject({ name: z.string(), release: z.string().nullable() });

/** What a look leaves in the record, beside the facts themselves. */
const lookData = z.looseObject({
  verdict: verdictSchema,
  backends: z.enum(["well", "ill"]),
  failing: z.array(failingPod),
  pods: z.int(),
  /** pods on their way out that still run */
  leaving: z.int().default(0),
  /** pods that the release which serves is asked to have and hasn't */
  missing: z.int().default(0),
});

export type Look = z.infer<typeof lookData>;

const announcedData = z.looseObject({ deliveries: z.array(z.looseObject({ delivered: z.string() })).default([]) });
const restartingData = z.looseObject({ pod: z.string() });

/** Where an incident stands: a fold over its record, so that any process can go on with it. All times in milliseconds. */
export interface Situation {
  openedAt: number;
  look: (Pick<Look, "verdict" | "backends" | "failing" | "pods" | "leaving" | "missing"> & { at: number }) | null;
  /** whether anything was done since the last look, so that it may no longer be true */
  stale: boolean;
  /** looks in a row in which every backend took real writes, and since when */
  streak: number;
  /** looks in a row that found no fault at all */
  faultless: number;
  wellSince: number | null;
  /** when the first fault was seen; null before it */
  detectedAt: number | null;
  /** since when no backend is ill, after one was */
  mitigatedAt: number | null;
  /** since when each pod fails */
  failingSince: Readonly<Record<string, number>>;
  /** since when pods are missing without a break; null while none is */
  missingSince: number | null;
  lastRestartAt: number | null;
  restarts: number;
  /** how many pods took part when the last replacement was begun */
  podsBeforeRestart: number;
  /** the pod whose replacement was begun last */
  asked: string | null;
  /** the pods that were replaced */
  replaced: readonly string[];
  /** updates that failed since the last one that didn't, or since a person was asked */
  failures: number;
  held: boolean;
  logging: "never" | "more" | "back";
  told: boolean;
  /** when the last try ended that no channel has taken for certain; null where somebody was told, or nobody has tried */
  untoldAt: number | null;
  /** when the first of the tries in a row ended that somebody may have been told by; null where the last one reached nobody */
  doubtfulFrom: number | null;
  /** the verdict that the incident is about: the first fault, or a worse one that showed later */
  cause: Look["verdict"] | null;
  finished: boolean;
  reported: boolean;
}

export const UNKNOWN: Situation = {
  openedAt: 0,
  look: null,
  stale: false,
  streak: 0,
  faultless: 0,
  wellSince: null,
  detectedAt: null,
  mitigatedAt: null,
  failingSince: {},
  missingSince: null,
  lastRestartAt: null,
  restarts: 0,
  podsBeforeRestart: 0,
  asked: null,
  replaced: [],
  failures: 0,
  held: false,
  logging: "never",
  told: false,
  untoldAt: null,
  doubtfulFrom: null,
  cause: null,
  finished: false,
  reported: false,
};

const RANK = { none: 0, application: 1, network: 2, credential: 3, backend: 4 } as const;

/** The graver of two verdicts; the earlier one where they are alike. */
function graver(one: Look["verdict"] | null, other: Look["verdict"]): Look["verdict"] | null {
  if (other.kind === "none") return one;
  return one === null || RANK[other.kind] > RANK[one.kind] ? other : one;
}

function looked(situation: Situation, look: Look, at: number): Situation {
  const { verdict, backends, failing, pods, leaving, missing } = look;
  const fault = verdict.kind !== "none";
  const well = backends === "well";
  const since = Object.fromEntries(failing.map(({ name }) => [name, situation.failingSince[name] ?? at]));
  const outage = situation.cause !== null && situation.cause.kind !== "application";
  return {
    ...situation,
    look: { verdict, backends, failing, pods, leaving, missing, at },
    stale: false,
    streak: well ? situation.streak + 1 : 0,
    faultless: fault ? 0 : situation.faultless + 1,
    wellSince: well ? (situation.wellSince ?? at) : null,
    detectedAt: situation.detectedAt ?? (fault ? at : null),
    mitigatedAt:
      well && (outage || !fault) ? (situation.mitigatedAt ?? (situation.detectedAt === null ? null : at)) : null,
    failingSince: since,
    missingSince: missing > 0 ? (situation.missingSince ?? at) : null,
    cause: graver(situation.cause, verdict),
  };
}

function updated(situation: Situation, step: string | null, at: number): Situation {
  // What a failed update had done was undone: the stack stands as before it.
  if (step === "put-back") return { ...situation, stale: true };
  const next: Situation = { ...situation, stale: true, held: true, failures: 0 };
  switch (step) {
    case "restart": {
      const { asked, replaced, restarts } = situation;
      const all = asked === null || replaced.includes(asked) ? replaced : [...replaced, asked];
      return { ...next, lastRestartAt: at, restarts: restarts + 1, replaced: all };
    }
    case "log-more":
      return { ...next, logging: "more" };
    case "log-as-before":
      return { ...next, logging: "back" };
    case "finish":
      return { ...next, finished: true };
    default:
      return next;
  }
}

function announced(situation: Situation, { deliveries }: z.output<typeof announcedData>, at: number): Situation {
  if (hasReached(deliveries)) return { ...situation, told: true, untoldAt: null, doubtfulFrom: null };
  const doubtfulFrom = mayHaveReached(deliveries) ? (situation.doubtfulFrom ?? at) : null;
  return { ...situation, untoldAt: at, doubtfulFrom };
}

/** Takes one event into account (pure). */
export function advance(situation: Situation, event: ChangeEvent): Situation {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "opened":
      return { ...situation, openedAt: at };
    case "look":
      return looked(situation, lookData.parse(event.data), at);
    case "restarting":
      return {
        ...situation,
        asked: restartingData.parse(event.data).pod,
        podsBeforeRestart: situation.look?.pods ?? 0,
      };
    case "updated":
      return updated(situation, event.step, at);
    case "update-failed":
      return { ...situation, stale: true, failures: situation.failures + 1 };
    case "stuck":
      // A person was asked: whoever resumes has as many tries again.
      return { ...situation, failures: 0 };
    case "announced":
      return announced(situation, announcedData.parse(event.data), at);
    case "post-incident":
      return { ...situation, reported: true };
    default:
      return situation;
  }
}

/** The same situation with another time of its look (pure). */
export function lookedAt({ look, ...rest }: Situation, at: number): Situation {
  return { ...rest, look: look === null ? null : { ...look, at } };
}

/** Folds a record into where its incident stands (pure). */
export function situationOf(events: readonly ChangeEvent[]): Situation {
  return events.reduce(advance, UNKNOWN);
}
