import { z } from "zod";
import type { Props, ResourceHandler } from "../handler.ts";
import { diffInputs } from "./diff.ts";
import type { Pods } from "./pods/registry.ts";
import { isProps } from "./props.ts";
import type { Store } from "./store.ts";

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

/**
 * Patches of pods: once a deadline has passed the kubelet ends the pod's container with its grace, and only then is the pod Failed,
 * and its Deployment puts another in its place. It isn't deleted: it has no deletionTimestamp, and stays in the list.
 */
export function podPatches(store: Store, pods: Pods): ResourceHandler {
  const ended = new Set<string>();
  const apply = (raw: unknown): string => {
    const { metadata, spec } = patchSchema.parse(raw);
    const id = `${metadata.namespace}/${metadata.name}`;
    const pod = pods.find(metadata.namespace, metadata.name);
    // Its owner may have gone meanwhile, and the failed pod with it.
    if (pod === undefined && !ended.has(id)) throw new Error(`pods "${metadata.name}" not found`);
    if (pod !== undefined && spec !== undefined && !ended.has(id)) {
      ended.add(id);
      patchSpec(store, metadata, spec);
      const left = pod.state().createdAt + spec.activeDeadlineSeconds * 1_000 - Date.now();
      setTimeout(() => void pod.expire(), Math.max(0, left)).unref();
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

function patchSpec(store: Store, { namespace, name }: { namespace: string; name: string }, spec: Props): void {
  const found = store.get("Pod", namespace, name);
  if (found === undefined) return;
  const { labels, annotations, owner } = found.metadata;
  const body = { ...found.body, spec: { ...(isProps(found.body.spec) ? found.body.spec : {}), ...spec } };
  store.apply({ kind: "Pod", namespace, name, labels, annotations, ...(owner === undefined ? {} : { owner }), body });
}
