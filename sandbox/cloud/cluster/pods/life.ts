import type { SpawnRecorded } from "../../processes.ts";
import type { Container } from "../schemas/container.ts";
import type { PodLog } from "./logs.ts";
import { memoryLimit, outgrows } from "./memory.ts";
import type { Prepared } from "./preparation.ts";
import { type ProbeEvents, runProbes } from "./probes.ts";
import { launch } from "./process.ts";
import type { Ended } from "./status.ts";
import { stopContainer } from "./stop.ts";

export interface LifeOptions {
  container: Container;
  prepared: Prepared;
  graceMs: number;
  /** Aborts when the container has to be gone at once. */
  force: AbortSignal;
  output: PodLog;
  spawnRecorded: SpawnRecorded;
  events: Omit<ProbeEvents, "unhealthy">;
}

/** One life of a container, from its start to its end. */
export interface Life {
  pid: number | undefined;
  startedAt: number;
  /** Asks the container to end: no probe any more, the preStop hook, SIGTERM. */
  stop(): void;
  ended: Promise<Ended>;
}

/** Starts a container and its probes; one that its probes give up is ended with its grace period. */
export function startLife({ container, prepared, graceMs, force, output, spawnRecorded, events }: LifeOptions): Life {
  const startedAt = Date.now();
  const child = launch({ ...prepared, log: output }, spawnRecorded);
  const probing = new AbortController();
  const stop = (within: AbortSignal): void => {
    probing.abort();
    void stopContainer({ container, child, prepared, force: within, output, spawnRecorded });
  };
  const unhealthy = (message: string): void => {
    output.write(message);
    stop(AbortSignal.any([force, AbortSignal.timeout(graceMs)]));
  };
  const probes = runProbes(container, prepared.port ?? 0, { ...events, unhealthy }, probing.signal);
  const over = new AbortController();
  const limit = memoryLimit(container);
  const watching = async (): Promise<boolean> => {
    if (child.pid === undefined || limit === undefined) return false;
    const grown = await outgrows(child.pid, limit, over.signal);
    if (grown) child.signal("SIGKILL");
    return grown;
  };
  const outgrown = watching();
  const end = async (): Promise<Ended> => {
    const exit = await child.exited;
    probing.abort();
    over.abort();
    await probes;
    const killedForMemory = (await outgrown) && exit.signal === "SIGKILL";
    const reason = killedForMemory ? "OOMKilled" : exit.code === 0 ? "Completed" : "Error";
    return { exitCode: exit.code, signal: exit.signal, reason, startedAt, finishedAt: Date.now() };
  };
  return { pid: child.pid, startedAt, stop: () => stop(force), ended: end() };
}
