import type { Props } from "../../handler.ts";
import type { Images } from "../../images.ts";
import type { SpawnRecorded } from "../../processes.ts";
import type { OwnerReference } from "../objects.ts";
import type { PodSpec } from "../schemas/pod.ts";
import type { Store } from "../store.ts";
import type { EnvironmentSources } from "./environment.ts";
import type { PodAccess } from "./mounts.ts";

/** What the controllers say of a pod that they want. */
export interface PodPlan {
  namespace: string;
  name: string;
  owner: OwnerReference;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: PodSpec;
  /** The same spec as it was declared, for readers of the API. */
  wireSpec: Props;
  restarts: { policy: "Always" | "OnFailure" | "Never"; most: number };
}

/** What a fault gives a pod instead of its own variables. */
export interface PodFaults {
  environmentOf(pod: string): Record<string, string>;
}

/** What a pod needs of the machine. */
export interface PodMachine {
  store: Store;
  images: Images;
  spawnRecorded: SpawnRecorded;
  /** Maps a URL to the loopback address where it is served. */
  resolveHost(url: string): string;
  /** Variables that every pod gets, e.g. NODE_EXTRA_CA_CERTS. */
  environment: Record<string, string>;
  sources(namespace: string): EnvironmentSources;
  /** How a service account's pods reach the API server; null where they can't. */
  access(namespace: string, account: string): PodAccess | null;
  /** where the pods' volumes lie */
  volumes: string;
  faults: PodFaults;
  log(message: string): void;
}
