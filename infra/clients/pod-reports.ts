import { parseExposition } from "./exposition.ts";
import type { Kubernetes, Pod } from "./kubernetes.ts";
import { type PodReport, podReportOf } from "./pod-report.ts";

/** Whose pods are asked, and where they answer. */
export interface ReportingPods {
  namespace: string;
  labels: Readonly<Record<string, string>>;
  port: number;
  path: string;
}

/** A live pod and what it says; `trouble` where it could not be asked. */
export type Reported = {
  pod: string;
  release: string;
  /** since when its counters count, in milliseconds since the epoch: they begin anew with its container */
  countsFrom: number;
} & ({ report: PodReport } | { trouble: string });

/** A pod that runs: what it uses counts, whether it is ready, starting or on its way out. */
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

/**
 * Since when a pod has counted (pure): since it was created, or since a container of it ended last, whose counters ended with it. Where one was
 * started again and how it ended isn't told any more, or none has started yet, from now on.
 */
export function countsFrom(
  { createdAt, containers, phase }: Pick<Pod, "createdAt" | "containers" | "phase">,
  now: number,
): number {
  if (phase === "Pending") return now;
  const ends = containers.map(({ restarts, last }) => last?.finishedAt ?? (restarts > 0 ? now : createdAt));
  return Math.max(createdAt, ...ends);
}

/** Asks every live pod of a release which credentials it uses, through the API server. Pods of Jobs have no metrics and are left out. */
export async function podReports(
  kubernetes: Pick<Kubernetes, "pods" | "podProxyText">,
  { namespace, labels, port, path }: ReportingPods,
): Promise<Reported[]> {
  const pods = await kubernetes.pods(namespace, labels);
  const live = pods.flatMap((pod) => {
    const { name, release, phase, job } = pod;
    if (release === null || job !== null || ENDED.has(phase)) return [];
    return [{ pod: name, release, countsFrom: countsFrom(pod, Date.now()) }];
  });
  return Promise.all(
    live.map(async (one): Promise<Reported> => {
      try {
        const text = await kubernetes.podProxyText({ namespace, pod: one.pod, port, path });
        return { ...one, report: podReportOf(parseExposition(text)) };
      } catch (error) {
        return { ...one, trouble: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}
