import pRetry from "p-retry";
import type { Kubernetes, Pod } from "./kubernetes.ts";

export interface Replacement {
  namespace: string;
  labels: Readonly<Record<string, string>>;
  /** When the replacement was first asked for, in milliseconds since the epoch: a pod that is younger has replaced one already. */
  since: number;
  /** Milliseconds that the new pod may take to be ready. */
  within: number;
  signal: AbortSignal;
}

/** Who went and who came. */
export type Replaced = { left: string | null; came: string };

const LOOK_EVERY = 250;

const serving = (pods: readonly Pod[]) => pods.filter(({ job, leaving }) => job === null && !leaving);
const ready = (pods: readonly Pod[]) => serving(pods).filter((pod) => pod.ready);

/** Who is to go: the oldest ready pod, and nobody once a younger pod than the request is there (pure). */
export function nextToLeave(pods: readonly Pod[], since: number): { leaves: Pod | null; came: Pod | null } {
  const came = serving(pods).find(({ createdAt }) => createdAt >= since) ?? null;
  const [oldest] = ready(pods).toSorted((one, other) => one.createdAt - other.createdAt);
  return { leaves: came === null ? (oldest ?? null) : null, came };
}

/**
 * Sends one pod of a release away and waits until its owner has put a ready one in its place, so that everything it does at its
 * start, logging in at every dependency among it, is done once more. Asked again with the same `since`, it only waits.
 * @throws Error where there is no pod to replace, or the new one isn't ready in time
 */
export async function replaceOnePod(
  kubernetes: Pick<Kubernetes, "pods" | "deletePod">,
  { namespace, labels, since, within, signal }: Replacement,
): Promise<Replaced> {
  const before = await kubernetes.pods(namespace, labels);
  const wanted = ready(before).length;
  const { leaves, came } = nextToLeave(before, since);
  if (leaves === null && came === null) throw new Error(`no pod of ${namespace} is ready that could be replaced`);
  if (leaves !== null) await kubernetes.deletePod(namespace, leaves.name);
  const known = new Set(before.map(({ name }) => name));
  const look = async (): Promise<Replaced> => {
    const now = ready(await kubernetes.pods(namespace, labels));
    const arrived = now.find(({ name }) => (came === null ? !known.has(name) : name === came.name));
    if (arrived !== undefined && now.length >= wanted) return { left: leaves?.name ?? null, came: arrived.name };
    throw new Error(`no ready pod has taken the place of ${leaves?.name ?? came?.name} within ${within / 1_000} s`);
  };
  return pRetry(look, { retries: Math.ceil(within / LOOK_EVERY), factor: 1, minTimeout: LOOK_EVERY, signal });
}
