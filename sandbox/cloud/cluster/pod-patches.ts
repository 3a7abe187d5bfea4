import { z } from "zod";
import type { ResourceHandler } from "../handler.ts";
import { diffInputs } from "./diff.ts";
import type { Pods } from "./pods/registry.ts";

/** The type token of a patch of a pod. */
export const POD_PATCH = "kubernetes:core/v1:PodPatch";

/** What of a running pod a patch may set here: notes, and the deadline that ends it. */
const patchSchema = z.strictObject({
  apiVersion: z.literal("v1").optional(),
  kind: z.literal("Pod").optional(),
  metadata: z.strictObject({
    name: z.string(),
    namespace: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.strictObject({ activeDeadlineSeconds: z.int().min(1) }).optional(),
});

/** Patches of pods: a deadline ends the pod with its grace, and its Deployment puts another in its place. */
export function podPatches(pods: Pods): ResourceHandler {
  const ended = new Set<string>();
  const apply = (raw: unknown): string => {
    const { metadata, spec } = patchSchema.parse(raw);
    const id = `${metadata.namespace}/${metadata.name}`;
    const pod = pods.find(metadata.namespace, metadata.name);
    // A pod that its deadline has ended is still there on a real cluster, as a failed one.
    if (pod === undefined && !ended.has(id)) throw new Error(`pods "${metadata.name}" not found`);
    if (pod !== undefined && spec !== undefined) {
      ended.add(id);
      void pod.end();
    }
    return id;
  };
  return {
    check(inputs) {
      const parsed = patchSchema.safeParse(inputs);
      const issues = parsed.success ? [] : parsed.error.issues;
      return {
        inputs,
        failures: issues.map(({ path, message }) => ({
          property: path.join("."),
          reason: `${path.join(".")}: ${message}`,
        })),
      };
    },
    diff: (olds, news) => diffInputs("Pod", olds, news),
    create: async (inputs) => ({ id: apply(inputs), outputs: inputs }),
    read: async (_id, props) => ({ outputs: props }),
    update: async (_id, _olds, news) => {
      apply(news);
      return { outputs: news };
    },
    delete: async () => undefined,
  };
}
