import {
  type Checked,
  InitializationFailed,
  type Props,
  type ProviderHandler,
  type ResourceContext,
  type ResourceHandler,
} from "../handler.ts";
import type { Images } from "../images.ts";
import { createObject, type Existing, locationOf, updateObject } from "./apply.ts";
import { checkImages, checkObject } from "./check.ts";
import { diffInputs } from "./diff.ts";
import { KIND_NAMES, KINDS, type Kind, kindOfToken } from "./kinds.ts";
import { normalised } from "./normalise.ts";
import { type KubeObject, objectId, wireObject } from "./objects.ts";
import { POD_PATCH, podPatches } from "./pod-patches.ts";
import type { Pods } from "./pods/registry.ts";
import { at, isProps, propsList } from "./props.ts";
import { awaitLife } from "./readiness.ts";
import { SCHEMAS } from "./schemas/index.ts";
import type { Store } from "./store.ts";
import { waitFor } from "./wait.ts";

/** What of a Secret is secret, among its inputs and its outputs. */
const SECRET_DATA = ["data", "stringData"];
const DELETE_TIMEOUT_SECONDS = 600;
const REPLACE_UNREADY = "pulumi.com/replaceUnready";
const SKIP_AWAIT = "pulumi.com/skipAwait";

/** What the provider tells of a namespace: which stack made it. */
export interface NamespaceOwners {
  claim(namespace: string, stack: string): void;
}

/** The kubernetes provider: it declares objects in the store and waits until they live. */
export function kubernetesHandler(
  store: Store,
  pods: Pods,
  owners: NamespaceOwners,
  images: Pick<Images, "has">,
): ProviderHandler {
  const handlers = new Map<Kind, ResourceHandler>(
    [...SCHEMAS.keys()].map((kind) => [kind, resourceHandler(kind, store, pods, owners, images)]),
  );
  const patches = podPatches(store, pods);
  return {
    name: "kubernetes",
    resource(type) {
      if (type === POD_PATCH) return patches;
      const kind = kindOfToken(type);
      return kind && handlers.get(kind);
    },
  };
}

function resourceHandler(
  kind: Kind,
  store: Store,
  pods: Pods,
  owners: NamespaceOwners,
  images: Pick<Images, "has">,
): ResourceHandler {
  const bringUp = async (
    object: KubeObject,
    inputs: Props,
    ctx: ResourceContext,
  ): Promise<{ id: string; outputs: Props; secretOutputs?: string[] }> => {
    if (kind === "Namespace") owners.claim(object.metadata.name, ctx.stack);
    const reasons = asks(inputs, SKIP_AWAIT) ? [] : await awaitLife(store, pods, object, ctx.timeoutSeconds);
    const id = objectId(object.metadata);
    const outputs = outputsOf(current(object), inputs);
    if (reasons.length > 0) throw new InitializationFailed({ id, outputs, reasons });
    return kind === "Secret" ? { id, outputs, secretOutputs: SECRET_DATA } : { id, outputs };
  };
  const current = (object: KubeObject): KubeObject =>
    store.get(kind, object.metadata.namespace, object.metadata.name) ?? object;
  const find = (id: string): KubeObject | undefined => {
    const { namespace, name } = parseId(kind, id);
    return store.get(kind, namespace, name);
  };

  return {
    check(inputs): Checked {
      const failures = [...checkObject(kind, inputs), ...checkImages(inputs, images)];
      const checked = { inputs: normalised(kind, inputs), failures };
      return kind === "Secret" ? { ...checked, secretInputs: SECRET_DATA } : checked;
    },
    diff(olds, news) {
      const difference = diffInputs(kind, normalised(kind, olds), normalised(kind, news));
      if (kind !== "Job" || !asks(news, REPLACE_UNREADY) || !isUnready(store, news)) return difference;
      return { changes: "some", replaces: [...difference.replaces, "metadata.annotations"], deleteBeforeReplace: true };
    },
    async create(inputs, ctx) {
      return bringUp(made(store, kind, inputs, ctx), inputs, ctx);
    },
    async read(id) {
      const object = find(id);
      if (object === undefined) return null;
      const outputs = wireObject(object);
      return kind === "Secret" ? { outputs, secretOutputs: SECRET_DATA } : { outputs };
    },
    async update(_id, _olds, news, ctx) {
      const object = updateObject(store, kind, news, ctx.ignoreChanges ?? []);
      const { outputs, secretOutputs } = await bringUp(object, news, ctx);
      return secretOutputs === undefined ? { outputs } : { outputs, secretOutputs };
    },
    async delete(id, _props, ctx) {
      const object = find(id);
      if (object === undefined) return;
      const seconds = ctx.timeoutSeconds > 0 ? ctx.timeoutSeconds : DELETE_TIMEOUT_SECONDS;
      if (!(await removeObject(store, pods, object, seconds))) {
        throw new Error(`${kind} ${id} wasn't gone after ${seconds} s: its pods didn't end`);
      }
    },
  };
}

/** A new object; the engine's environment says what becomes of one that is there already (provider.go, Configure). */
function made(store: Store, kind: Kind, inputs: Props, ctx: ResourceContext): KubeObject {
  const existing = (): Existing => {
    const { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: upsert, PULUMI_K8S_ENABLE_PATCH_FORCE: force } =
      ctx.engineEnvironment?.() ?? {};
    if (upsert !== "true") return "refused";
    return force === "true" ? "adopted by force" : "adopted";
  };
  try {
    return createObject(store, kind, inputs, existing);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`resource "${ctx.urn}" was not successfully created by the Kubernetes API server: ${why}`);
  }
}

/** What an update answers: the inputs and the object as it is. */
function outputsOf(object: KubeObject, inputs: Props): Props {
  return { ...inputs, ...wireObject(object) };
}

function parseId(kind: Kind, id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  if (KINDS[kind].scope === "Cluster") return { namespace: "", name: id };
  return slash === -1
    ? { namespace: "default", name: id }
    : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/**
 * Deletes an object as the provider asks for it, in the foreground (pulumi-kubernetes, provider/pkg/await/await.go): it stays, being deleted,
 * until its pods are gone. Of a namespace, everything in it goes. Resolves with whether the pods ended in time.
 */
async function removeObject(store: Store, pods: Pods, object: KubeObject, seconds: number): Promise<boolean> {
  const { name, namespace, uid } = object.metadata;
  if (object.kind === "Namespace") {
    for (const kind of KIND_NAMES) {
      for (const inside of store.list(kind, name)) {
        if (kind !== "Pod" && kind !== "Namespace") store.remove(kind, name, inside.metadata.name);
      }
    }
  } else {
    store.markDeleting(object);
  }
  const left = (): number => (object.kind === "Namespace" ? pods.inNamespace(name) : pods.ownedBy({ uid })).length;
  const waited = await waitFor(store, seconds * 1000, () => (left() === 0 ? "gone" : undefined));
  if (waited.outcome === "settled") store.remove(object.kind, namespace, name);
  return waited.outcome === "settled";
}

function asks(inputs: Props, what: string): boolean {
  const annotations = at(inputs, "metadata.annotations");
  return isProps(annotations) && annotations[what] === "true";
}

/** Whether the live Job has failed: with the provider's annotation such a Job is made anew. */
function isUnready(store: Store, news: Props): boolean {
  const { namespace, name } = locationOf("Job", news);
  return propsList(store.get("Job", namespace, name)?.status?.conditions).some(
    (condition) => condition.type === "Failed",
  );
}
