import assert from "node:assert/strict";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import type { World } from "./world.ts";

const labels = z.record(z.string(), z.string());
const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels,
    ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
  }),
});
const budgetSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ selector: z.object({ matchLabels: labels }) }),
});
const serviceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ selector: labels.default({}) }),
});
const deploymentSchema = budgetSchema;

export const namespaceOf = (stage: Stage): string => `app-${stage}`;

/** That no budget, no Deployment (whose selector its autoscaler takes) and no Service of a stack selects a Job's pod. */
export async function jobsPods(world: World, stage: Stage): Promise<void> {
  const at = namespaceOf(stage);
  const pods = await world.objects.list(`/api/v1/namespaces/${at}/pods`, podSchema);
  const ofJobs = pods.filter(({ metadata }) => metadata.ownerReferences.some(({ kind }) => kind === "Job"));
  assert.ok(ofJobs.length > 0, `no pod of a Job is in ${at}`);
  const budgets = await world.objects.list(`/apis/policy/v1/namespaces/${at}/poddisruptionbudgets`, budgetSchema);
  const deployments = await world.objects.list(`/apis/apps/v1/namespaces/${at}/deployments`, deploymentSchema);
  const services = await world.objects.list(`/api/v1/namespaces/${at}/services`, serviceSchema);
  const selectors = [
    ...budgets.map(({ metadata, spec }) => ({ what: `budget ${metadata.name}`, wanted: spec.selector.matchLabels })),
    ...deployments.map(({ metadata, spec }) => ({
      what: `Deployment ${metadata.name}`,
      wanted: spec.selector.matchLabels,
    })),
    ...services.map(({ metadata, spec }) => ({ what: `Service ${metadata.name}`, wanted: spec.selector })),
  ];
  const selected = ofJobs.flatMap(({ metadata }) =>
    selectors
      .filter(({ wanted }) => Object.entries(wanted).every(([key, value]) => metadata.labels[key] === value))
      .map(({ what }) => `${what} selects ${metadata.name}, which is a Job's`),
  );
  assert.deepEqual(selected, []);
}
