import type { V1ContainerState, V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from "@kubernetes/client-node";

/** How a life of a container ended. */
export interface Ended {
  exitCode: number;
  reason: "Completed" | "Error";
  startedAt: Date;
  finishedAt: Date;
}

export type Container =
  | { state: "waiting"; reason: string; message?: string }
  | { state: "running"; startedAt: Date }
  | { state: "terminated"; ended: Ended };

/** Everything that a pod's status is made from. */
export interface PodState {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  /** why the whole pod has failed */
  reason?: string;
  container: Container;
  last: Ended | null;
  restarts: number;
  started: boolean;
  ready: boolean;
  readySince: Date;
  containerID: string;
  podIP: string;
  hostIP: string;
  acceptedAt: Date;
}

function wireState(container: Container): V1ContainerState {
  switch (container.state) {
    case "waiting":
      return {
        waiting: {
          reason: container.reason,
          ...(container.message === undefined ? {} : { message: container.message }),
        },
      };
    case "running":
      return { running: { startedAt: container.startedAt } };
    case "terminated":
      return { terminated: container.ended };
  }
}

/** A pod's status as a kubelet patches it. `imageID` names the digest. */
export function podStatus({ spec }: V1Pod, pod: PodState): V1PodStatus {
  const [only] = spec?.containers ?? [];
  const name = only?.name ?? "";
  const image = only?.image ?? "";
  const ready = pod.ready && pod.container.state === "running";
  const since = { lastTransitionTime: pod.acceptedAt };
  const unready: Partial<V1PodCondition> =
    pod.phase === "Succeeded"
      ? { reason: "PodCompleted" }
      : { reason: "ContainersNotReady", message: `containers with unready status: [${name}]` };
  const readiness = {
    status: ready ? "True" : "False",
    lastTransitionTime: pod.readySince,
    ...(ready ? { reason: "", message: "" } : unready),
  };
  const container: V1ContainerStatus = {
    name,
    image,
    imageID: pod.containerID === "" ? "" : image,
    containerID: pod.containerID,
    ready,
    started: pod.started,
    restartCount: pod.restarts,
    state: wireState(pod.container),
    lastState: pod.last === null ? {} : { terminated: pod.last },
  };
  return {
    phase: pod.phase,
    ...(pod.reason === undefined ? {} : { reason: pod.reason }),
    hostIP: pod.hostIP,
    podIP: pod.podIP,
    podIPs: [{ ip: pod.podIP }],
    startTime: pod.acceptedAt,
    conditions: [
      { type: "PodReadyToStartContainers", status: "True", ...since },
      { type: "Initialized", status: "True", ...since },
      { type: "ContainersReady", ...readiness },
      { type: "Ready", ...readiness },
    ],
    containerStatuses: [container],
  };
}
