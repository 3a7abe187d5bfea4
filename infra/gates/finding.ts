import { z } from "zod";
import type { Json } from "../domain/json.ts";
import type { Observation } from "./gate.ts";

const findingSchema = z.strictObject({ kind: z.enum(["wrong", "unreachable", "elsewhere"]), detail: z.string() });

/**
 * What a probe found amiss: `wrong` is an answer that a good release never gives, `unreachable` is no answer or one
 * that says "not now" (5xx), which a single bad moment can cause; `elsewhere` says nothing of the release that was asked: another one
 * answered, which is the Gateway's doing, or the stable release isn't ready either.
 */
export type Finding = z.infer<typeof findingSchema>;

export const wrong = (detail: string): Finding => ({ kind: "wrong", detail });
export const elsewhere = (detail: string): Finding => ({ kind: "elsewhere", detail });
export const unreachable = (detail: string): Finding => ({ kind: "unreachable", detail });

/** Pure: what a status says where another one is required. */
export function judgeStatus(call: string, status: number, required: number): Finding | null {
  if (status === required) return null;
  const detail = `${call} answered ${status} instead of ${required}`;
  return status >= 500 ? unreachable(detail) : wrong(detail);
}

/** An error that carries a finding out of a probe. */
export function foundError(finding: Finding): Error {
  return new Error(finding.detail, { cause: finding });
}

/** Throws where there is a finding. */
export function refuse(finding: Finding | null): void {
  if (finding !== null) throw foundError(finding);
}

/** The finding that an error carries, if it carries one. */
export function keptFinding(error: unknown): Finding | null {
  const carried = findingSchema.safeParse(error instanceof Error ? error.cause : null);
  return carried.success ? carried.data : null;
}

/** The finding that an error carries; any other error means that the release could not be reached. */
export function findingOf(error: unknown): Finding {
  return keptFinding(error) ?? unreachable(error instanceof Error ? error.message || error.name : String(error));
}

/** Consecutive looks without an answer after which a gate fails. */
const UNREACHABLE_LIMIT = 2;

/**
 * Milliseconds for which they must have lasted: a Gateway sends requests to a pod that has died until it has learnt of it, up to 1.9 s later
 * (Traefik, measured), and a release that lost one of its pods is none that can't be reached.
 */
const UNREACHABLE_FOR = 3_000;

const memorySchema = z.object({ failures: z.number().int().nonnegative(), since: z.number().optional() });

export interface ProbeOutcome {
  gate: string;
  finding: Finding | null;
  /** What the summary says when all is well. */
  well: string;
  evidence: Record<string, Json>;
}

/**
 * Pure: a wrong answer fails at once, no answer holds until it has lasted and then fails, what lies elsewhere holds, anything else passes.
 * @param now milliseconds since the epoch
 */
export function judgeProbe({ gate, finding, well, evidence }: ProbeOutcome, memory: Json, now: number): Observation {
  const before = memorySchema.safeParse(memory);
  const earlier = before.success ? before.data.failures : 0;
  const failures = finding === null ? 0 : finding.kind === "elsewhere" ? earlier : 1 + earlier;
  const since = (earlier > 0 && before.success ? before.data.since : undefined) ?? now;
  const lasted = failures >= UNREACHABLE_LIMIT && now - since >= UNREACHABLE_FOR;
  const said = { ...evidence, failures };
  if (finding === null)
    return { verdict: { gate, answer: "pass", summary: well, evidence: said }, memory: { failures } };
  const fails = finding.kind === "wrong" || (finding.kind === "unreachable" && lasted);
  const answer = fails ? "fail" : "hold";
  const summary =
    failures > 1 && finding.kind !== "elsewhere" ? `${finding.detail} (${failures} times in a row)` : finding.detail;
  return {
    verdict: { gate, answer, summary, evidence: { ...said, found: finding.kind } },
    memory: { failures, since },
  };
}
