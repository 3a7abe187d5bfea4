import assert from "node:assert/strict";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { namespaceOf } from "./jobs-pods.ts";
import type { World } from "./world.ts";

const objectSchema = z.object({ metadata: z.object({ name: z.string() }) });
const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ type: z.string(), id: z.string().optional() })),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});
/** The kinds of which a release or a Job has one. */
const KINDS = {
  Deployment: "apis/apps/v1/namespaces/NS/deployments",
  Service: "api/v1/namespaces/NS/services",
  Secret: "api/v1/namespaces/NS/secrets",
  ConfigMap: "api/v1/namespaces/NS/configmaps",
  Job: "apis/batch/v1/namespaces/NS/jobs",
  PodDisruptionBudget: "apis/policy/v1/namespaces/NS/poddisruptionbudgets",
  HorizontalPodAutoscaler: "apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers",
} as const;
/** What the cluster itself puts into every namespace. */
const NOT_OURS = new Set(["ConfigMap kube-root-ca.crt"]);

/** That every object of a stack's namespace is in the stack's state, and that no create is pending there. */
export async function noOrphans(world: World, stage: Stage): Promise<void> {
  const namespace = namespaceOf(stage);
  const exported = await world.pulumi(["stack", "export", "--stack", stage]);
  const { resources, pending_operations: pending } = stateSchema.parse(JSON.parse(exported.stdout)).deployment;
  assert.equal(pending?.length ?? 0, 0, "the state has pending operations");
  const known = new Set(
    resources.flatMap(({ type, id }) =>
      id === undefined ? [] : [`${type.split(":").at(-1)} ${id.split("/").at(-1)}`],
    ),
  );
  for (const [kind, path] of Object.entries(KINDS)) {
    const found = await world.objects.list(`/${path.replace("NS", namespace)}`, objectSchema);
    const orphans = found
      .map(({ metadata }) => `${kind} ${metadata.name}`)
      .filter((object) => !known.has(object) && !NOT_OURS.has(object));
    assert.deepEqual(orphans, [], "objects that no state knows");
  }
}
