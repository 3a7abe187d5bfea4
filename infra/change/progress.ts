import { z } from "zod";
import { type Admission, type Approval, admissionSchema, approvalSchema } from "../admission/admission.ts";
import type { Json } from "../domain/json.ts";
import { type ReleaseState, releaseStateSchema } from "../domain/releases.ts";
import { burstSchema, NO_OWN_REQUESTS, type OwnRequests, withBegun, withBurst } from "../metrics/own-requests.ts";
import { type ChangeEvent, writtenIn } from "../records/events.ts";
import { type EngineProcess, engineProcessSchema } from "../stack/engine-process.ts";
import { type AtWork, NOBODY_YET, withEvent } from "./at-work.ts";

/** What a round of gates came to. */
export interface Round {
  at: number;
  answer: "pass" | "fail" | "hold";
  /** what the gates that hold say */
  holding?: readonly string[];
  /** set where nothing but users is lacking, and a person may say that the release is good without them */
  waitsFor?: "person" | undefined;
}

/** Where a change stands: a fold over its record, so that any process can take it up. */
export interface Progress {
  /** what must be so before the first step; null: nothing */
  admission: Admission | null;
  approvals: readonly Approval[];
  stepIndex: number;
  /** null: the step hasn't begun */
  startedAt: number | null;
  /** the update under way: begun, and not known to have ended */
  updating: { from: string; to: ReleaseState } | null;
  /** the processes of the engines that were started, the last of them last */
  engines: readonly EngineProcess[];
  /** whether an update of this change was ever begun again, or another begun before its end was known */
  disturbed: boolean;
  /** the release state after the last update that is known to have ended; null before the first */
  state: ReleaseState | null;
  updated: boolean;
  /** whether the step's task is done */
  tasked: boolean;
  /** what the tasks came to, by step */
  results: Record<string, Json>;
  /** the state to which a failure goes back; null: the one from before the change */
  restorePoint: ReleaseState | null;
  settledAt: number | null;
  round: Round | null;
  /** until when the step waited for a person, or when it was given up to be tried again: the gates' time counts from there; null: it didn't */
  waitedAt: number | null;
  atWork: AtWork;
  /** how many pods stood for all of the traffic, at the most; 0: nobody has looked */
  podsForAll: number;
  /** the last look at each gate of this step */
  looks: Partial<Record<string, Round>>;
  /** the last reading for a step that isn't due yet */
  sample: { at: number; result: Json } | null;
  /** what each gate of this step keeps between two looks */
  memory: Record<string, Json>;
  /** what the change has sent itself, so that no gate takes it for users' requests */
  own: OwnRequests;
  finishedAt: Record<string, number>;
  /** set once an update that moves weights was begun */
  weightsTouched: boolean;
  /** set once any update was begun */
  stackTouched: boolean;
  failure: { at: number; reason: string } | null;
  restoredAt: number | null;
  announced: boolean;
  cleaned: boolean;
  undone: boolean;
  closed: { exit: number; outcome: string } | null;
  seq: number;
}

const updatingData = z.object({ from: z.string(), to: releaseStateSchema, touches: z.enum(["bundles", "weights"]) });
const roundData = z.object({
  answer: z.enum(["pass", "fail", "hold"]),
  holding: z.array(z.string()).default([]),
  waitsFor: z.literal("person").optional(),
});
const gateData = roundData.pick({ answer: true }).extend({ gate: z.string(), memory: z.json() });
const requestsData = z.object({ burst: burstSchema.nullable() });
const podsData = z.object({ pods: z.int() });
const sampledData = z.object({ result: z.json() });
const taskData = z.object({ result: z.json() });
/** Older records say `foothold: "yes"` where newer ones say `restorePoint: true`. */
const finishedData = z
  .object({
    memory: z.record(z.string(), z.json()).default({}),
    restorePoint: z.boolean().default(false),
    foothold: z.enum(["no", "yes"]).default("no"),
  })
  .transform(({ foothold, restorePoint, memory }) => ({ memory, restorePoint: restorePoint || foothold === "yes" }));
const failedData = z.object({ reason: z.string() });
const closedData = z.object({ exit: z.int(), outcome: z.string() });

export const NOT_BEGUN: Progress = {
  admission: null,
  approvals: [],
  stepIndex: 0,
  startedAt: null,
  updating: null,
  engines: [],
  disturbed: false,
  state: null,
  updated: false,
  tasked: false,
  results: {},
  restorePoint: null,
  settledAt: null,
  round: null,
  waitedAt: null,
  atWork: NOBODY_YET,
  podsForAll: 0,
  looks: {},
  sample: null,
  memory: {},
  own: NO_OWN_REQUESTS,
  finishedAt: {},
  weightsTouched: false,
  stackTouched: false,
  failure: null,
  restoredAt: null,
  announced: false,
  cleaned: false,
  undone: false,
  closed: null,
  seq: 0,
};

/** Takes one event into account (pure). Events that only tell a story change nothing but the sequence number. */
export function advance(progress: Progress, event: ChangeEvent): Progress {
  const at = Date.parse(event.at);
  const next = { ...progress, atWork: withEvent(progress.atWork, event), seq: event.seq };
  const written = writtenIn(event);
  switch (event.type) {
    case "admission":
      return { ...next, admission: admissionSchema.parse(written) };
    case "approved":
      return { ...next, approvals: [...progress.approvals, { ...approvalSchema.parse(written), at }] };
    case "step-started":
      return { ...next, startedAt: at };
    case "updating": {
      const data = updatingData.parse(written);
      const weightsTouched = progress.weightsTouched || data.touches === "weights";
      const disturbed = progress.disturbed || progress.updating !== null;
      return { ...next, updating: { from: data.from, to: data.to }, weightsTouched, stackTouched: true, disturbed };
    }
    case "engine-started":
      return { ...next, engines: [...progress.engines, engineProcessSchema.parse(written)] };
    case "updated":
      return { ...next, updating: null, updated: true, state: progress.updating?.to ?? progress.state };
    case "task-done": {
      const { result } = taskData.parse(written);
      return { ...next, tasked: true, results: { ...progress.results, [event.step ?? "undo"]: result } };
    }
    case "sampled":
      return { ...next, sample: { at, result: sampledData.parse(written).result } };
    case "standing":
      return { ...next, podsForAll: Math.max(progress.podsForAll, podsData.parse(written).pods) };
    case "settled":
      return { ...next, settledAt: at };
    case "gate": {
      const { gate, memory, answer } = gateData.parse(written);
      const looks = { ...progress.looks, [gate]: { at, answer } };
      return { ...next, looks, memory: { ...progress.memory, [gate]: memory } };
    }
    case "round": {
      const round = { at, ...roundData.parse(written) };
      return { ...next, round, waitedAt: round.waitsFor === "person" ? at : progress.waitedAt };
    }
    case "requests-begun":
      return { ...next, own: withBegun(progress.own, at) };
    case "requests-made": {
      const { burst } = requestsData.parse(written);
      return { ...next, own: burst === null ? { ...progress.own, openSince: null } : withBurst(progress.own, burst) };
    }
    case "step-finished": {
      const { memory, restorePoint } = finishedData.parse(written);
      return {
        ...next,
        stepIndex: progress.stepIndex + 1,
        startedAt: null,
        updated: false,
        tasked: false,
        restorePoint: restorePoint ? progress.state : progress.restorePoint,
        settledAt: null,
        round: null,
        waitedAt: null,
        looks: {},
        sample: null,
        memory,
        finishedAt: { ...progress.finishedAt, ...(event.step === null ? {} : { [event.step]: at }) },
      };
    }
    case "failed":
    case "abort-requested":
      return { ...next, failure: { at, reason: failedData.parse(written).reason } };
    case "restored":
      return { ...next, restoredAt: at };
    case "announced":
      return { ...next, announced: true };
    case "stuck":
      return { ...next, round: null, looks: {}, waitedAt: at };
    case "cleaned":
      return { ...next, cleaned: true };
    case "undone":
      return { ...next, undone: true };
    case "closed":
      return { ...next, closed: closedData.parse(written) };
    default:
      return next;
  }
}

/** Folds a record into where its change stands. */
export function progressOf(events: readonly ChangeEvent[]): Progress {
  return events.reduce(advance, NOT_BEGUN);
}

/** A step's move whose update isn't known to have been made. */
export interface UnmadeMove {
  step: string;
  to: ReleaseState;
  /** whether its engine is known to have ended: it gave the move up */
  ended: boolean;
}

/** The last move of a step, where its update was interrupted or the engine gave it up (pure). */
export function lastMove(events: readonly ChangeEvent[]): UnmadeMove | null {
  const ofSteps = events.filter(({ step }) => step !== null);
  const begun = ofSteps.findLast(({ type }) => type === "updating");
  if (begun === undefined || begun.step === null) return null;
  const since = ofSteps.filter(({ seq }) => seq > begun.seq).map(({ type }) => type);
  if (since.includes("updated")) return null;
  return { step: begun.step, to: updatingData.parse(begun.data).to, ended: since.includes("failed") };
}
