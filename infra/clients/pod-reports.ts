import { parseExposition } from "./exposition.ts";
import type { Kubernetes } from "./kubernetes.ts";
import { type PodReport, podReportOf } from "./pod-report.ts";

/** Whose pods are asked, and where they answer. */
export interface ReportingPods {
  namespace: string;
  labels: Readonly<Record<string, string>>;
  port: number;
  path: string;
}

/** A live pod and what it says; `trouble` where it could not be asked. */
export type Reported = { pod: string; release: string } & ({ report: PodReport } | { trouble: string });

/** A pod that runs: what it uses counts, whether it is ready, starting or on its way out. */
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

/** Asks every live pod of a release which credentials it uses, through the API server. Pods of Jobs have no metrics and are left out. */
export async function podReports(
  kubernetes: Pick<Kubernetes, "pods" | "podProxyText">,
  { namespace, labels, port, path }: ReportingPods,
): Promise<Reported[]> {
  const pods = await kubernetes.pods(namespace, labels);
  const live = pods.flatMap(({ name, release, phase, job }) =>
    release === null || job !== null || ENDED.has(phase) ? [] : [{ pod: name, release }],
  );
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
