import type { Json, Props } from "../handler.ts";
import { apiVersionOf } from "./kinds.ts";
import { canonical, type KubeObject } from "./objects.ts";
import { isProps } from "./props.ts";
import type { Draft } from "./store.ts";

/** Who owns what the provider's creates have set (pulumi-kubernetes, provider/pkg/await/await.go, Creation), and what an autoscaler has. */
const CREATOR = "pulumi-kubernetes";
const AUTOSCALER = "kube-controller-manager";
const SCALED = ".spec.replicas";

/**
 * Why a server-side apply of another field manager is refused: each field that it gives another value than the live object has
 * (kubernetes, apimachinery's managedfields; lists count as one field here). Null where there is no such field.
 */
export function applyConflict(live: KubeObject, draft: Draft): string | null {
  const { labels, annotations } = live.metadata;
  const given = { metadata: { labels: draft.labels ?? {}, annotations: draft.annotations ?? {} }, ...draft.body };
  const paths = differing("", { metadata: { labels, annotations }, ...live.body }, given);
  if (paths.length === 0) return null;
  const version = apiVersionOf(live.kind);
  const texts = paths.map(
    (path) => `conflict with "${path === SCALED ? AUTOSCALER : CREATOR}" using ${version}: ${path}`,
  );
  return `Apply failed with ${paths.length} conflict${paths.length === 1 ? "" : "s"}: ${texts.join("; ")}`;
}

function differing(path: string, live: Json | undefined, given: Json): string[] {
  if (live === undefined) return [];
  if (isProps(live) && isProps(given)) {
    const held: Props = live;
    return Object.entries(given).flatMap(([key, value]) => differing(`${path}.${key}`, held[key], value));
  }
  return canonical(live) === canonical(given) ? [] : [path];
}
