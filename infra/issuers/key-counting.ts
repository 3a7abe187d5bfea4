import { z } from "zod";
import type { PodReport } from "../clients/pod-report.ts";
import type { Reported } from "../clients/pod-reports.ts";
import { fingerprintOf } from "./fingerprint.ts";

const NAME = "SESSION_SECRET";

/** What is known of a signing key's verifications: counted from a time until another, and when the last one was. Milliseconds since the epoch. */
export const countedSchema = z.object({ from: z.number(), until: z.number(), lastAt: z.number().nullable() });
export type Counted = z.infer<typeof countedSchema>;

/** Whether the pods together can answer: there are some, and each of them says what it uses (pure). */
export function canTell(said: readonly Reported[]): boolean {
  return said.length > 0 && said.every((reported) => "report" in reported);
}

/** The pods' fingerprints of a key: another one for each release (pure). */
export function hasKey(reported: Reported, key: string): boolean {
  if (!("report" in reported)) return false;
  const fingerprint = fingerprintOf({ release: reported.release, name: NAME, value: key });
  return reported.report.credentials[NAME]?.includes(fingerprint) ?? false;
}

/** What a pod has counted of a key; nothing where it could not be asked. */
function verificationsWith(reported: Reported, key: string): PodReport["verifications"] {
  if (!("report" in reported)) return [];
  const fingerprint = fingerprintOf({ release: reported.release, name: NAME, value: key });
  return reported.report.verifications.filter((one) => one.fingerprint === fingerprint);
}

/** Verifications with a key that a pod has counted since a time: all of the pod's where the last one is after it (pure). */
export function usedSince(reported: Reported, key: string, since: number): number {
  return verificationsWith(reported, key)
    .filter(({ lastAt }) => lastAt !== null && lastAt >= since)
    .reduce((sum, { count }) => sum + count, 0);
}

function lastUseOf(reported: Reported, key: string): number | null {
  return verificationsWith(reported, key).reduce<number | null>((last, { lastAt }) => latest(last, lastAt), null);
}

function latest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}

/**
 * What one look at the pods' counters tells (pure): each pod that has the key on its ring has counted since its container started, so
 * the oldest of them says from when on somebody has. Null where none of them could be asked.
 */
export function lookAtKey(said: readonly Reported[], key: string, now: number): Counted | null {
  const counting = said.filter((reported) => hasKey(reported, key));
  if (counting.length === 0) return null;
  const from = Math.min(...counting.map(({ countsFrom }) => countsFrom));
  const lastAt = counting.reduce<number | null>((last, reported) => latest(last, lastUseOf(reported, key)), null);
  return { from: Math.min(from, now), until: now, lastAt };
}

/**
 * What earlier looks and a later one tell together (pure). They join where a pod of the later look was there at the earlier one, or all
 * were replaced in a gap that is no longer than the pause between two looks; else what is known begins anew.
 * @param pause in milliseconds
 */
export function joined(before: Counted | null, later: Counted | null, pause: number): Counted | null {
  if (before === null || later === null) return before ?? later;
  const lastAt = latest(before.lastAt, later.lastAt);
  const from = later.from <= before.until + pause ? Math.min(before.from, later.from) : later.from;
  return { from, until: Math.max(before.until, later.until), lastAt };
}
