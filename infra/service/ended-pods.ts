import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";
import { type Ask, openClient } from "../clients/kubernetes-client.ts";
import { type EngineProcess, engineBegan } from "../stack/engine-process.ts";

/** Where a pod finds the namespace that it runs in. */
const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

const podSchema = z.object({
  status: z.object({
    containerStatuses: z
      .array(z.object({ state: z.object({ running: z.object({ startedAt: z.iso.datetime() }).optional() }) }))
      .default([]),
  }),
});

/** The name that the pods of one Deployment begin with: theirs without the two parts that differ (pure). */
function deploymentOf(pod: string): string | null {
  return /^(.+)-[a-z0-9]+-[a-z0-9]+$/.exec(pod)?.[1] ?? null;
}

/** Whether a pod's processes of a time have ended: none of its containers has run since before it (pure). */
function hasEndedSince(pod: unknown, since: number): boolean {
  const { containerStatuses } = podSchema.parse(pod).status;
  return (
    containerStatuses.length > 0 &&
    containerStatuses.every(({ state: { running } }) => running === undefined || Date.parse(running.startedAt) > since)
  );
}

/**
 * Whether an engine has ended that ran in another pod of the same Deployment: the pod is gone, or its container was started again since. Of an
 * engine anywhere else, and where the pod can't be read, nothing is known.
 */
export function engineHasEnded(read: Ask, own: string, namespace: string): (engine: EngineProcess) => Promise<boolean> {
  const deployment = deploymentOf(own);
  return async (engine) => {
    const began = engineBegan(engine);
    if (began === null || deployment === null || deploymentOf(engine.host) !== deployment) return false;
    try {
      const text = await read(`/api/v1/namespaces/${namespace}/pods/${engine.host}`);
      return text === null || hasEndedSince(JSON.parse(text), began);
    } catch {
      return false;
    }
  };
}

/** The same for this process, where it runs in a pod; left out where it doesn't. */
export async function evidenceHere(): Promise<{ engineHasEnded?: ReturnType<typeof engineHasEnded> }> {
  const namespace = await readFile(NAMESPACE_FILE, "utf8").catch(() => null);
  if (namespace === null) return {};
  const { read } = await openClient({ context: null });
  return { engineHasEnded: engineHasEnded(read, hostname(), namespace.trim()) };
}
