import type { SpawnRecorded } from "../../processes.ts";
import type { Container } from "../schemas/container.ts";
import { pause } from "../wait.ts";
import type { PodLog } from "./logs.ts";
import { type ContainerProcess, type Launch, launch } from "./process.ts";

export interface StopOptions {
  container: Container;
  child: ContainerProcess;
  prepared: Omit<Launch, "log">;
  /** Aborts when the grace period is over. */
  force: AbortSignal;
  output: PodLog;
  spawnRecorded: SpawnRecorded;
}

/** The preStop hook, then SIGTERM, then SIGKILL when the grace period (which the hook's time is part of) is over. */
export async function stopContainer(options: StopOptions): Promise<void> {
  const { child, force } = options;
  const over = new AbortController();
  const exited = child.exited.then(() => over.abort());
  const kill = (): void => child.signal("SIGKILL");
  if (force.aborted) kill();
  force.addEventListener("abort", kill);
  await preStop(options, AbortSignal.any([over.signal, force]));
  if (!over.signal.aborted) child.signal("SIGTERM");
  await exited;
  force.removeEventListener("abort", kill);
}

async function preStop(
  { container, prepared, output, spawnRecorded }: StopOptions,
  signal: AbortSignal,
): Promise<void> {
  const hook = container.lifecycle?.preStop;
  if (hook === undefined || signal.aborted) return;
  if ("sleep" in hook) return pause(hook.sleep.seconds * 1000, signal);
  const [command = "true", ...args] = hook.exec.command;
  const ran = launch(
    { ...prepared, what: `${prepared.what} preStop`, commandLine: { command, args }, log: output },
    spawnRecorded,
  );
  const end = (): void => ran.signal("SIGKILL");
  signal.addEventListener("abort", end);
  await ran.exited;
  signal.removeEventListener("abort", end);
}
