import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Container } from "../schemas/container.ts";
import type { PodSpec } from "../schemas/pod.ts";
import type { EnvironmentSources } from "./environment.ts";

/** Where a pod finds its service account's token (kubernetes, plugin/pkg/admission/serviceaccount/admission.go, DefaultAPITokenMountPath). */
const TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount";
/** The API server's name in a cluster. */
const API_SERVER = "https://kubernetes.default.svc";

/** How a pod reaches the API server as its service account. */
export interface PodAccess {
  url: string;
  token: string;
  caFile: string;
}

/** What a pod's mounts are made from. */
export interface MountsOf {
  spec: PodSpec;
  container: Container;
  namespace: string;
  sources: EnvironmentSources;
  /** null where its token isn't mounted */
  access: PodAccess | null;
  /** the pod's own folder on this machine */
  folder: string;
}

/** What became of a pod's volumes. */
export type Mounted =
  /** `local` turns a path below a mount into the one on this machine, wherever it stands in a text */
  { outcome: "mounted"; local: (text: string) => string } | { outcome: "problem"; message: string };

/**
 * Lays a pod's volumes out in a folder of its own. A process has no root of its own, as a container has: what is mounted at a path lies
 * elsewhere, and the path is another in its variables, its arguments and the files that are mounted.
 */
export function mountVolumes({ spec, container, namespace, sources, access, folder }: MountsOf): Mounted {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => ({ mountPath, at: join(folder, name) }));
  const all = access === null ? mounts : [...mounts, { mountPath: TOKENS, at: join(folder, "token") }];
  const places = new Map(all.map(({ mountPath, at }) => [mountPath, at]));
  if (access !== null) places.set(API_SERVER, access.url);
  const local = (text: string): string =>
    text.replaceAll(anyOf([...places.keys()]), (path) => places.get(path) ?? path);
  for (const { at } of all) mkdirSync(at, { recursive: true, mode: 0o700 });
  for (const volume of spec.volumes ?? []) {
    if (!("configMap" in volume)) continue;
    const data = sources.configMap(volume.configMap.name);
    if (data === undefined) {
      return {
        outcome: "problem",
        message: `MountVolume.SetUp failed for volume "${volume.name}" : configmap "${volume.configMap.name}" not found`,
      };
    }
    mkdirSync(join(folder, volume.name), { recursive: true });
    for (const [key, text] of Object.entries(data)) writeFileSync(join(folder, volume.name, key), local(text));
  }
  if (access !== null) {
    for (const [name, text] of Object.entries({ token: access.token, namespace })) {
      writeFileSync(join(folder, "token", name), text, { mode: 0o600 });
    }
    copyFileSync(access.caFile, join(folder, "token", "ca.crt"));
  }
  return { outcome: "mounted", local };
}

/** Any of some paths in a text, the longest that fits, and not the end or the beginning of another path. */
function anyOf(paths: readonly string[]): RegExp {
  const longestFirst = paths.toSorted((one, other) => other.length - one.length);
  const escaped = longestFirst.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(?<![\\w./-])(?:${escaped.join("|") || "(?!)"})(?![\\w.-])`, "g");
}

/** What the kubelet does once a pod is gone: its volumes go with it. */
export const removeVolumes = (folder: string): void => rmSync(folder, { recursive: true, force: true });
