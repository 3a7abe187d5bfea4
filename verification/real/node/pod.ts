import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { V1Container, V1Pod, V1PodStatus } from "@kubernetes/client-node";
import type { PodLog } from "../../../sandbox/cloud/cluster/pods/logs.ts";
import { type ContainerProcess, launch } from "../../../sandbox/cloud/cluster/pods/process.ts";
import type { SpawnRecorded } from "../../../sandbox/cloud/processes.ts";
import { ConfigError } from "./environment.ts";
import type { ImageProblem, Start } from "./images.ts";
import { pause, runProbes } from "./probes.ts";
import { type Ended, type PodState, podStatus } from "./status.ts";

/** What a pod needs of its node. */
export interface PodMachine {
  hostIP: string;
  podIP: string;
  output: PodLog;
  spawnRecorded: SpawnRecorded;
  /** What a container is started with. @throws ConfigError, or what the image lacks */
  prepare(container: V1Container, pod: V1Pod, podIP: string): Promise<Start | ImageProblem>;
  /** Writes the status down; resolves once the API server has it. */
  patch(pod: V1Pod, status: V1PodStatus): Promise<void>;
  /** The last word of a terminated pod: its object may go. */
  remove(pod: V1Pod): Promise<void>;
}

/** A pod that runs on a node. */
export interface NodePod {
  readonly uid: string;
  readonly output: PodLog;
  readonly podIP: string;
  /** the newest object that the API server has told of */
  pod(): V1Pod;
  /** The container's process group, while one runs. */
  pid(): number | null;
  /** Starts a command beside the container's own process, with its environment and folder; undefined while none runs. */
  exec(command: readonly string[]): ChildProcess | undefined;
  /** Takes the API server's newest word: a deletion ends the pod. */
  heed(pod: V1Pod): void;
  /** Ends the pod at once and tells nobody: the whole node goes. */
  kill(): Promise<void>;
  /** Resolves once nothing of it runs and the API server knows. */
  finished: Promise<void>;
}

/** The kubelet's back-off between restarts, in milliseconds: doubled each time, anew after ten quiet minutes. */
const BACKOFF = { first: 10_000, most: 300_000, quiet: 600_000 };
const CONFIG_RETRY = 1_000;
const GRACE_SECONDS = 30;

/** The back-off before a restart, the first of which is at once (pure). Milliseconds. */
export function backoffBefore(restart: number): number {
  return restart <= 1 ? 0 : Math.min(BACKOFF.most, BACKOFF.first * 2 ** (restart - 2));
}

/** Starts a pod that was bound to this node: a process of its image that is probed and started again as its policy says. */
export function runPod(bound: V1Pod, machine: PodMachine): NodePod {
  const [container] = bound.spec?.containers ?? [];
  if (container === undefined) throw new Error("a pod without a container");
  let newest = bound;
  let running: ContainerProcess | null = null;
  let startedWith: Start | null = null;
  let state: PodState = {
    phase: "Pending",
    container: { state: "waiting", reason: "ContainerCreating" },
    last: null,
    restarts: 0,
    started: false,
    ready: false,
    readySince: new Date(),
    containerID: "",
    podIP: machine.podIP,
    hostIP: machine.hostIP,
    acceptedAt: new Date(),
  };
  const stopping = new AbortController();
  const force = new AbortController();
  let silent = false;

  // One patch at a time; what came up meanwhile goes with the next one.
  let patching: Promise<void> | null = null;
  let stale = false;
  const tell = (): Promise<void> => {
    stale = true;
    patching ??= (async () => {
      while (stale && !silent) {
        stale = false;
        await machine.patch(newest, podStatus(newest, state));
      }
      patching = null;
    })();
    return patching;
  };
  const become = (change: Partial<PodState>): void => {
    const turned = change.ready !== undefined && change.ready !== state.ready;
    state = { ...state, ...change, ...(turned ? { readySince: new Date() } : {}) };
    void tell();
  };

  const prepared = async (): Promise<Start | null> => {
    while (!stopping.signal.aborted) {
      try {
        const start = await machine.prepare(container, newest, machine.podIP);
        if ("commandLine" in start) return start;
        become({ container: { state: "waiting", ...start } });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        become({ container: { state: "waiting", reason: "CreateContainerConfigError", message: error.message } });
      }
      await pause(CONFIG_RETRY, stopping.signal);
    }
    return null;
  };

  /** The preStop hook, SIGTERM, and SIGKILL when the grace, which the hook's time is part of, is over. */
  const stop = async (child: ContainerProcess, graceSeconds: number, over: AbortSignal): Promise<void> => {
    const deadline = AbortSignal.any([AbortSignal.timeout(graceSeconds * 1_000), force.signal]);
    const kill = () => child.signal("SIGKILL");
    if (deadline.aborted) return kill();
    deadline.addEventListener("abort", kill, { once: true });
    const sleep = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    if (sleep > 0) await pause(sleep * 1_000, AbortSignal.any([deadline, over]));
    if (!over.aborted) child.signal("SIGTERM");
    await child.exited;
    deadline.removeEventListener("abort", kill);
  };

  const live = async (start: Start): Promise<Ended> => {
    const startedAt = new Date();
    const child = launch(
      { what: `pod ${newest.metadata?.namespace}/${newest.metadata?.name}`, ...start, log: machine.output },
      machine.spawnRecorded,
    );
    running = child;
    startedWith = start;
    const over = new AbortController();
    become({ phase: "Running", containerID: `process://${randomUUID()}`, container: { state: "running", startedAt } });
    const asked = () => void stop(child, newest.metadata?.deletionGracePeriodSeconds ?? graceOf(newest), over.signal);
    if (stopping.signal.aborted) asked();
    stopping.signal.addEventListener("abort", asked, { once: true });
    const probes = runProbes(
      container,
      machine.podIP,
      {
        started: () => become({ started: true }),
        ready: (is) => become({ ready: is === "ready" }),
        unhealthy: (message) => {
          machine.output.write(message);
          void stop(child, graceOf(newest), over.signal);
        },
      },
      { stopping: stopping.signal, over: over.signal },
    );
    const { code } = await child.exited;
    over.abort();
    stopping.signal.removeEventListener("abort", asked);
    running = null;
    await probes;
    return { exitCode: code, reason: code === 0 ? "Completed" : "Error", startedAt, finishedAt: new Date() };
  };

  const restartsAfter = ({ exitCode }: Ended): boolean => {
    const policy = newest.spec?.restartPolicy ?? "Always";
    return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const start = await prepared();
      if (start === null) break;
      const ended = await live(start);
      const again = restartsAfter(ended) && !stopping.signal.aborted;
      const phase = again ? "Running" : ended.exitCode === 0 ? "Succeeded" : "Failed";
      become({ container: { state: "terminated", ended }, ready: false, started: false, phase });
      if (!again) return;
      const backoff = backoffBefore(state.restarts + 1);
      if (backoff > 0) {
        const message = `back-off ${backoff / 1_000}s restarting failed container=${container.name}`;
        become({ container: { state: "waiting", reason: "CrashLoopBackOff", message } });
      }
      await pause(backoff, stopping.signal);
      become({ last: ended, restarts: state.restarts + 1 });
    }
    become({ phase: state.phase === "Pending" ? "Failed" : state.phase, ready: false });
  };

  const deadline = bound.spec?.activeDeadlineSeconds;
  const expire = () => {
    become({ reason: "DeadlineExceeded" });
    stopping.abort();
  };
  const overdue = deadline === undefined ? undefined : setTimeout(expire, deadline * 1_000);

  const life = async (): Promise<void> => {
    become({});
    await run();
    clearTimeout(overdue);
    if (state.reason === "DeadlineExceeded") become({ phase: "Failed" });
    await patching;
    // A pod that ended by itself stays until somebody deletes it.
    if (newest.metadata?.deletionTimestamp === undefined) await deletion.promise;
    if (silent) return;
    await tell();
    await machine.remove(newest);
  };
  const deletion = Promise.withResolvers<void>();
  const finished = life();

  return {
    uid: bound.metadata?.uid ?? "",
    output: machine.output,
    podIP: machine.podIP,
    pod: () => newest,
    pid: () => running?.pid ?? null,
    exec([command = "", ...args]) {
      if (running === null || startedWith === null) return undefined;
      return machine.spawnRecorded({
        what: `a command in pod ${newest.metadata?.namespace}/${newest.metadata?.name}`,
        command,
        args,
        env: startedWith.environment,
        cwd: startedWith.folder,
        stdio: ["pipe", "pipe", "pipe"],
      });
    },
    heed(pod) {
      newest = pod;
      if (pod.metadata?.deletionTimestamp === undefined) return;
      if (pod.metadata.deletionGracePeriodSeconds === 0) force.abort();
      deletion.resolve();
      stopping.abort();
    },
    async kill() {
      silent = true;
      force.abort();
      deletion.resolve();
      stopping.abort();
      running?.signal("SIGKILL");
      await finished.catch(() => undefined);
    },
    finished,
  };
}

const graceOf = ({ spec }: V1Pod): number => spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
