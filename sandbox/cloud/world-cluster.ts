import { STAGES, type Stage } from "./accounts.ts";
import type { LoggingPod } from "./alarms.ts";
import { type Cluster, type ClusterOptions, type ClusterStatus, createCluster } from "./cluster/index.ts";
import type { ProviderHandler } from "./handler.ts";

/** The cluster that the stacks run on: the sandbox's own, or one that is lent to it. */
export interface WorldCluster extends Pick<Cluster, "setLatency" | "cutGateway" | "fault" | "close"> {
  /** null: the engine brings the official provider */
  handler: ProviderHandler | null;
  /** the text of a kubeconfig; null: it is there already */
  kubeconfig: string | null;
  status(stage: Stage): Promise<ClusterStatus>;
  /** The pods of all stacks whose logs lie here, in files. */
  loggingPods(): readonly LoggingPod[];
  requests(stage: Stage): number;
}

/** A cluster of stand-ins. */
export async function ownCluster(options: ClusterOptions): Promise<WorldCluster> {
  const cluster = await createCluster(options);
  return {
    ...cluster,
    kubeconfig: cluster.apiServer.kubeconfig,
    status: async (stage) => cluster.status(stage),
    loggingPods: () => STAGES.flatMap((stage) => cluster.status(stage).pods),
  };
}
