import type { Props } from "../../handler.ts";
import { timestamp } from "../objects.ts";
import { NODE_ADDRESS, podAddress } from "./address.ts";

export interface Ended {
  exitCode: number;
  signal: string | undefined;
  reason: "Completed" | "Error" | "OOMKilled";
  startedAt: number;
  finishedAt: number;
}

export type ContainerState =
  | { state: "waiting"; reason: string; message: string | undefined }
  | { state: "running"; startedAt: number }
  | { state: "terminated"; ended: Ended };

/** Everything that a pod's status is made from. Times are milliseconds since the epoch. */
export interface PodState {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  /** Why it was failed from outside. */
  failure?: { reason: string; message: string };
  container: { name: string; image: string };
  current: ContainerState;
  last: Ended | undefined;
  restarts: number;
  started: boolean;
  ready: boolean;
  /** When `ready` last changed. */
  readySince: number;
  createdAt: number;
}

/** A pod that was just made. */
export function initialState(container: PodState["container"], now: number): PodState {
  return {
    phase: "Pending",
    container: { name: container.name, image: container.image },
    current: { state: "waiting", reason: "ContainerCreating", message: undefined },
    last: undefined,
    restarts: 0,
    started: false,
    ready: false,
    readySince: now,
    createdAt: now,
  };
}

/** A pod's status as the Kubernetes API writes it. */
export function podStatus(pod: PodState, uid: string): Props {
  const address = podAddress(uid);
  const ready = condition(pod.ready, pod.readySince, pod.ready ? undefined : unreadyReason(pod));
  return {
    phase: pod.phase,
    ...pod.failure,
    conditions: [
      { type: "PodScheduled", ...condition(true, pod.createdAt, undefined) },
      { type: "Initialized", ...condition(true, pod.createdAt, undefined) },
      { type: "ContainersReady", ...ready },
      { type: "Ready", ...ready },
    ],
    containerStatuses: [
      {
        name: pod.container.name,
        image: pod.container.image,
        imageID: pod.current.state === "waiting" && pod.restarts === 0 ? "" : pod.container.image,
        ready: pod.ready,
        started: pod.started,
        restartCount: pod.restarts,
        state: wireState(pod.current),
        lastState: pod.last === undefined ? {} : wireState({ state: "terminated", ended: pod.last }),
      },
    ],
    hostIP: NODE_ADDRESS,
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: timestamp(pod.createdAt),
  };
}

function unreadyReason(pod: PodState): Props {
  if (pod.phase === "Succeeded") return { reason: "PodCompleted" };
  return { reason: "ContainersNotReady", message: `containers with unready status: [${pod.container.name}]` };
}

function condition(holds: boolean, since: number, why: Props | undefined): Props {
  return { status: holds ? "True" : "False", lastProbeTime: null, lastTransitionTime: timestamp(since), ...why };
}

function wireState(state: ContainerState): Props {
  switch (state.state) {
    case "waiting":
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case "running":
      return { running: { startedAt: timestamp(state.startedAt) } };
    case "terminated":
      return {
        terminated: {
          exitCode: state.ended.exitCode,
          ...(state.ended.signal === undefined ? {} : { message: `ended by ${state.ended.signal}` }),
          reason: state.ended.reason,
          startedAt: timestamp(state.ended.startedAt),
          finishedAt: timestamp(state.ended.finishedAt),
        },
      };
  }
}
