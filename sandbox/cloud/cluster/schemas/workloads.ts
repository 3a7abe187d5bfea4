import { z } from "zod";
import { matchesSelector } from "../selectors.ts";
import { labelSelector, metadata, seconds } from "./common.ts";
import { rollingUpdate } from "./container.ts";
import { podTemplate } from "./pod.ts";

export const deploymentSpec = z
  .strictObject({
    minReadySeconds: seconds.optional(),
    paused: z.literal(false, { error: "the sandbox doesn't pause a rollout" }).optional(),
    progressDeadlineSeconds: z.int().min(1).optional(),
    replicas: z.int().min(0).optional(),
    revisionHistoryLimit: z.int().min(0).optional(),
    selector: labelSelector,
    strategy: z
      .strictObject({ type: z.enum(["RollingUpdate", "Recreate"]).optional(), rollingUpdate: rollingUpdate.optional() })
      .optional(),
    template: podTemplate,
  })
  .refine((spec) => matchesSelector(spec.selector, spec.template.metadata?.labels ?? {}), {
    path: ["template", "metadata", "labels"],
    error: "the selector doesn't match the template's labels",
  })
  .refine((spec) => (spec.template.spec.restartPolicy ?? "Always") === "Always", {
    path: ["template", "spec", "restartPolicy"],
    error: "a Deployment's pods restart Always",
  });
export type DeploymentSpec = z.infer<typeof deploymentSpec>;

export const deployment = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("Deployment"),
  metadata,
  spec: deploymentSpec,
});

const single = z.literal(1, { error: "the sandbox runs one pod of a Job at a time" });

export const jobSpec = z
  .strictObject({
    activeDeadlineSeconds: z.int().min(1).optional(),
    backoffLimit: z.int().min(0).optional(),
    completions: single.optional(),
    parallelism: single.optional(),
    suspend: z.boolean().optional(),
    template: podTemplate,
    ttlSecondsAfterFinished: seconds.optional(),
  })
  .refine((spec) => ["Never", "OnFailure"].includes(spec.template.spec.restartPolicy ?? "Always"), {
    path: ["template", "spec", "restartPolicy"],
    error: "a Job's pods restart OnFailure or Never: write one of them",
  });
export type JobSpec = z.infer<typeof jobSpec>;

export const job = z.strictObject({
  apiVersion: z.literal("batch/v1"),
  kind: z.literal("Job"),
  metadata,
  spec: jobSpec,
});
