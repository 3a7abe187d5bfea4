import { z } from "zod";
import type { PodReport } from "../clients/pod-report.ts";
import type { Reported } from "../clients/pod-reports.ts";
import { fingerprintOf } from "./fingerprint.ts";

const NAME = "SESSION_SECRET";

const countingPodSchema = z.object({ pod: z.string(), since: z.number(), readAt: z.number() });
/** A pod that verifies with a key, or may: since when it has counted, and when its counters were read last. Milliseconds since the epoch. */
export type CountingPod = z.infer<typeof countingPodSchema>;

/**
 * What is known of a signing key's verifications: all of them from a time until another, and when the last one was. Milliseconds since the
 * epoch. `pods` is null in the records of earlier versions, which didn't keep them.
 */
export const countedSchema = z.object({
  from: z.number(),
  until: z.number(),
  lastAt: z.number().nullable(),
  pods: z.array(countingPodSchema).nullable().default(null),
});
export type Counted = z.infer<typeof countedSchema>;

/** A look at the pods' counters, in milliseconds. */
interface Look {
  /** since the epoch */
  now: number;
  /** how long before its end a pod may have been read for the last time */
  accepted: number;
}

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

/** The pods of one look. One that could not be asked was read when it was before, or never: then its uses are missing from its start on. */
function podsOf(before: Counted | null, said: readonly Reported[], key: string, now: number): CountingPod[] {
  const known = new Map((before?.pods ?? []).map((one) => [one.pod, one]));
  return said.flatMap((reported) => {
    const { pod, countsFrom: since } = reported;
    if ("report" in reported) return hasKey(reported, key) ? [{ pod, since, readAt: now }] : [];
    const earlier = known.get(pod);
    return [{ pod, since, readAt: earlier?.since === since ? earlier.readAt : since }];
  });
}

/** Until when a pod's uses may be missing; null where none can be, or only those of so short a time before its end as is accepted. */
function missingUntil({ pod, since, readAt }: CountingPod, said: readonly Reported[], { now, accepted }: Look) {
  const there = said.find((reported) => reported.pod === pod);
  if (there?.countsFrom === since) return null;
  const end = there?.countsFrom ?? now;
  return end - readAt > accepted ? end : null;
}

/** Since when no use is missing of the pods that were there at a look. */
function wholeSince(before: Counted | null, youngest: number, said: readonly Reported[], { now, accepted }: Look) {
  if (before === null) return youngest;
  if (before.pods === null) return now - before.until <= accepted ? before.from : youngest;
  return Math.max(before.from, ...before.pods.map((pod) => missingUntil(pod, said, { now, accepted }) ?? before.from));
}

/**
 * What the looks before and one more tell together (pure). Each pod counts its own verifications alone, since its container started. So the
 * first look knows of the time since which all of the pods that serve have counted. A later one adds to it as long as each pod known
 * from before runs on, or ended soon after its counters were read; else the uses of that pod until its end aren't known.
 * @returns null where no pod has ever said what it verified
 */
export function lookedAgain(
  before: Counted | null,
  said: readonly Reported[],
  key: string,
  { now, accepted }: Look,
): Counted | null {
  const counting = said.filter((reported) => hasKey(reported, key));
  if (before === null && counting.length === 0) return null;
  const youngest = counting.length === 0 ? now : Math.min(now, Math.max(...counting.map((one) => one.countsFrom)));
  return {
    from: wholeSince(before, youngest, said, { now, accepted }),
    until: counting.length === 0 ? (before?.until ?? now) : now,
    lastAt: counting.reduce<number | null>((last, one) => latest(last, lastUseOf(one, key)), before?.lastAt ?? null),
    pods: podsOf(before, said, key, now),
  };
}
