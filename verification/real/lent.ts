import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { namespaceOf } from "../scenarios/jobs-pods.ts";
import type { ClusterObjects } from "../scenarios/objects.ts";
import { type LentCluster, ROOT } from "../scenarios/world.ts";
import { CONTEXT, type RealCluster } from "./cluster.ts";
import { METRICS } from "./gateway.ts";
import { faultsFile } from "./node/pod-faults.ts";

const readyPodSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

/** Gives one ready pod of a stack a database where nobody is. */
async function breakOnePod(
  sandbox: string,
  objects: ClusterObjects,
  stage: Stage,
  state: "bad" | "good",
): Promise<void> {
  const file = faultsFile(join(ROOT, sandbox));
  if (state === "good") return rm(file, { force: true });
  const pods = await objects.list(`/api/v1/namespaces/${namespaceOf(stage)}/pods`, readyPodSchema);
  const [first] = pods.filter(({ status }) =>
    status.conditions.some((one) => one.type === "Ready" && one.status === "True"),
  );
  if (first === undefined) throw new Error(`no pod of ${stage} is ready`);
  const nowhere = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nowhere" };
  await writeFile(`${file}.new`, JSON.stringify({ [first.metadata.name]: nowhere }));
  await rename(`${file}.new`, file);
}

/** A real cluster as a world is lent it, with the official provider and the sandbox's folder. */
export function lentCluster(cluster: RealCluster, provider: string, sandbox: string): LentCluster {
  return {
    kubeconfig: cluster.kubeconfig,
    context: CONTEXT,
    provider,
    viewer: cluster.viewer,
    audit: cluster.audit,
    breakOnePod: (objects, stage, state) => breakOnePod(sandbox, objects, stage, state),
    settings: { metrics: METRICS },
  };
}
