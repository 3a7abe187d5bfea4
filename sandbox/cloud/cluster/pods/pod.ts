import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { KubeObject } from "../objects.ts";
import { pause } from "../wait.ts";
import { type BackOff, backOffAfter, restarted } from "./back-off.ts";
import { type Life, startLife } from "./life.ts";
import type { PodLog } from "./logs.ts";
import { removeVolumes } from "./mounts.ts";
import type { PodMachine, PodPlan } from "./plan.ts";
import { type Prepared, prepareContainer } from "./preparation.ts";
import { type Ended, initialState, type PodState, podStatus } from "./status.ts";

export interface Pod {
  readonly plan: PodPlan;
  readonly uid: string;
  readonly output: PodLog;
  state(): PodState;
  /** The loopback port that stands for the container's port. */
  port(): number | undefined;
  pid(): number | undefined;
  isLeaving(): boolean;
  /** Whether its deadline has passed: it runs on until its container has ended. */
  isExpired(): boolean;
  /** When it stopped being ready, or was told to end; undefined while it serves, and for a pod that never did. */
  withdrawnAt(): number | undefined;
  /** What a probe said when it last failed. */
  lastProbeFailure(): string | undefined;
  /** Values that no message may hold. */
  secrets(): readonly string[];
  /** Its deadline has passed: its container ends with its grace, and then the pod stays in the list as a failed one. */
  expire(): Promise<void>;
  /** Starts a command beside the container's own, with its environment and folder; undefined where the container doesn't run. */
  exec(command: readonly string[]): ChildProcess | undefined;
  /** Ends the pod: its preStop hook and SIGTERM at once, by force after the grace period. Its Services learn of it later. */
  end(graceMilliseconds?: number): Promise<void>;
}

const RETRY_MS = 500;
const GRACE_SECONDS = 30;
/** kubernetes, pkg/kubelet/active_deadline.go */
const DEADLINE_EXCEEDED = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

/** Starts a pod: a process of its image that is probed and, as its policy says, started again. */
export function startPod(plan: PodPlan, object: KubeObject, output: PodLog, machine: PodMachine): Pod {
  const container = plan.spec.containers[0];
  if (container === undefined) throw new Error(`pod ${plan.name} has no container`);
  const graceMs = (plan.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS) * 1000;
  const stopping = new AbortController();
  const force = new AbortController();
  let state = initialState(container, Date.now());
  let leaving: Promise<void> | undefined;
  let expired: Promise<void> | undefined;
  let prepared: Prepared | undefined;
  let running: Life | undefined;
  let probeFailure: string | undefined;
  let withdrawnAt: number | undefined;

  const become = (change: Partial<PodState>): void => {
    const readySince = change.ready !== undefined && change.ready !== state.ready ? Date.now() : state.readySince;
    if (change.ready === true && leaving === undefined) withdrawnAt = undefined;
    if (change.ready === false && state.ready) withdrawnAt ??= Date.now();
    state = { ...state, ...change, readySince };
    machine.store.setStatus(object, podStatus(state, object.metadata.uid));
  };
  const waiting = (reason: string, message: string): void =>
    become({ current: { state: "waiting", reason, message }, ready: false, started: false });

  /** Waits until the container can be started; undefined when the pod is told to end before that. */
  const prepare = async (): Promise<Prepared | undefined> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      const preparation = await prepareContainer(container, plan, object.metadata.uid, machine);
      if (preparation.outcome === "ready") return preparation.prepared;
      const backsOff = preparation.reason === "ErrImagePull" && attempt % 2 === 0;
      waiting(backsOff ? "ImagePullBackOff" : preparation.reason, preparation.message);
      await pause(RETRY_MS, stopping.signal);
    }
    return undefined;
  };

  const live = async (start: Prepared): Promise<Ended> => {
    const events = {
      started: () => become({ started: true }),
      ready: (is: "ready" | "unready") => become({ ready: is === "ready" }),
      failed: (message: string) => {
        probeFailure = message;
      },
    };
    const { spawnRecorded, store } = machine;
    const life = startLife({ container, prepared: start, graceMs, force: force.signal, output, spawnRecorded, events });
    running = life;
    stopping.signal.addEventListener("abort", life.stop);
    if (start.port !== undefined) store.annotate(object, { "runbooks.dev/sandbox-port": String(start.port) });
    become({ phase: "Running", current: { state: "running", startedAt: life.startedAt } });
    const ended = await life.ended;
    stopping.signal.removeEventListener("abort", life.stop);
    running = undefined;
    return ended;
  };

  const run = async (): Promise<void> => {
    let known: BackOff | null = null;
    let restarts = 0;
    while (!stopping.signal.aborted) {
      prepared = await prepare();
      if (prepared === undefined || stopping.signal.aborted) return;
      become({ restarts });
      const ended = await live(prepared);
      const again = restartsAfter(plan, ended, restarts) && !stopping.signal.aborted;
      const succeeded = ended.exitCode === 0 && expired === undefined;
      const phase = again ? "Running" : succeeded ? "Succeeded" : "Failed";
      become({ current: { state: "terminated", ended }, phase, ready: false, started: false });
      if (!again) return;
      const { milliseconds, crashLoop } = backOffAfter(known, ended.finishedAt);
      // As the kubelet does: the end of the container before is its last state, and its restart is counted once it starts.
      become({ last: ended });
      if (crashLoop) waiting("CrashLoopBackOff", backoffMessage(plan, container.name, milliseconds));
      await pause(milliseconds, stopping.signal);
      known = restarted(known, ended.finishedAt, Date.now());
      restarts += 1;
    }
  };

  become({});
  const finished = run().catch((error: unknown) => {
    machine.log(`pod ${plan.namespace}/${plan.name}: ${error instanceof Error ? error.message : String(error)}`);
    become({ ready: false });
  });
  const leave = async (): Promise<void> => {
    machine.store.markDeleting(object);
    if (state.ready) withdrawnAt ??= Date.now();
    stopping.abort();
    await finished;
    machine.store.remove("Pod", plan.namespace, plan.name);
    removeVolumes(join(machine.volumes, plan.name));
    output.close();
  };

  const runOut = async (): Promise<void> => {
    become({ ready: false });
    stopping.abort();
    const timer = setTimeout(() => force.abort(), graceMs);
    await finished;
    clearTimeout(timer);
    become({ phase: "Failed", failure: DEADLINE_EXCEEDED });
  };

  return {
    plan,
    uid: object.metadata.uid,
    output,
    state: () => state,
    port: () => prepared?.port,
    pid: () => running?.pid,
    isLeaving: () => leaving !== undefined,
    isExpired: () => expired !== undefined,
    withdrawnAt: () => withdrawnAt,
    lastProbeFailure: () => probeFailure,
    secrets: () => prepared?.secrets ?? [],
    expire() {
      expired ??= runOut();
      return expired;
    },
    exec([command = "", ...args]) {
      if (prepared === undefined || running === undefined) return undefined;
      return machine.spawnRecorded({
        what: `${prepared.what}: a command of its own`,
        command,
        args,
        env: prepared.environment,
        cwd: prepared.folder,
        stdio: ["pipe", "pipe", "pipe"],
      });
    },
    end(grace = graceMs) {
      const timer = setTimeout(() => force.abort(), grace);
      leaving ??= leave();
      return leaving.finally(() => clearTimeout(timer));
    },
  };
}

function restartsAfter(plan: PodPlan, ended: Ended, restarts: number): boolean {
  const { policy, most } = plan.restarts;
  return restarts < most && (policy === "Always" || (policy === "OnFailure" && ended.exitCode !== 0));
}

function backoffMessage(plan: PodPlan, container: string, milliseconds: number): string {
  return `back-off ${milliseconds / 1000}s restarting failed container=${container} pod=${plan.name}_${plan.namespace}`;
}
