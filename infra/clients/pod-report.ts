import type { Sample } from "./exposition.ts";

/** What a pod says of the credentials that it has in use. */
export interface PodReport {
  /** Fingerprints by variable; a ring has one for each of its keys, the signing one first. */
  credentials: Readonly<Record<string, readonly string[]>>;
  verifications: readonly Verifications[];
}

/** Session cookies that a pod verified with one key of its ring. */
export interface Verifications {
  fingerprint: string;
  count: number;
  /** Milliseconds since the epoch; null where there was none. */
  lastAt: number | null;
}

const IN_USE = "credential_in_use";
const COUNT = "session_verifications_total";
const LAST = "session_last_verified_timestamp_seconds";

/**
 * Reads a pod's metrics: `credential_in_use{name,position,fingerprint} 1`, and for each key of the ring
 * `session_verifications_total{fingerprint}` and `session_last_verified_timestamp_seconds{fingerprint}` (0: never). Pure.
 * @throws Error where a sample lacks a label, or the pod reports no credential at all
 */
export function podReportOf(samples: readonly Sample[]): PodReport {
  const of = (metric: string) => samples.filter((sample) => sample.metric === metric);
  const credentials: Record<string, string[]> = {};
  for (const sample of of(IN_USE)) {
    const name = label(sample, "name");
    const position = Number(label(sample, "position"));
    const ring = credentials[name] ?? [];
    ring[position] = label(sample, "fingerprint");
    credentials[name] = ring;
  }
  if (Object.keys(credentials).length === 0) {
    throw new Error(`the pod reports no ${IN_USE}: the workload has to say which credentials it uses`);
  }
  const last = new Map(of(LAST).map((sample) => [label(sample, "fingerprint"), sample.value * 1_000]));
  const verifications = of(COUNT).map((sample) => {
    const fingerprint = label(sample, "fingerprint");
    const at = last.get(fingerprint) ?? 0;
    return { fingerprint, count: sample.value, lastAt: at === 0 ? null : at };
  });
  return { credentials, verifications };
}

function label({ metric, labels }: Sample, name: string): string {
  const value = labels[name];
  if (value === undefined) throw new Error(`${metric} lacks the label ${name}`);
  return value;
}
