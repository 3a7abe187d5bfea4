import type { Kubernetes } from "../clients/kubernetes.ts";
import { APP_PORT, NAME_LABEL } from "../domain/object-names.ts";
import { fails, holds, type Line } from "../runbooks/verify-release/check.ts";
import type { Settings } from "../settings/index.ts";

/** What of a stack's settings says which pods are asked for what. */
export interface PodsOf {
  stack: string;
  cluster: Pick<Settings["cluster"], "namespace">;
  application: Pick<Settings["application"], "name" | "healthPath">;
}

/**
 * Whether a pod answers through the API server's proxy, by which rotations and incidents read pods: where network policies are enforced,
 * the API server is a caller like any other.
 */
export async function podProxyLine(
  kubernetes: Pick<Kubernetes, "pods" | "podAnswer">,
  { stack, cluster: { namespace }, application: { name, healthPath } }: PodsOf,
): Promise<Line> {
  const check = `pods of ${stack}`;
  const pods = await kubernetes.pods(namespace, { [NAME_LABEL]: name });
  const ready = pods.find((pod) => pod.ready && !pod.leaving && pod.job === null);
  if (ready === undefined) return holds(check, "none is ready yet, so none is asked");
  const answer = await kubernetes.podAnswer({ namespace, pod: ready.name, port: APP_PORT, path: healthPath });
  if (answer.status === 200) return holds(check, `${ready.name} answers through the API server`);
  const remedy = `let the API server call in: name where its calls come from in the setting cluster.apiServer (docs/kubernetes.md, "Who may call in")`;
  return fails(
    check,
    `${ready.name} is ready, and ${answer.status === null ? `doesn't answer (${answer.text})` : `answers ${answer.status}`} through the API server's proxy`,
    remedy,
  );
}
