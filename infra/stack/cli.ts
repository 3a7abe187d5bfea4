import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import { badInput, type Refusal } from "../errors.ts";
import { readIfThere } from "../records/record-file.ts";
import { capture } from "../records/redaction/captured-output.ts";
import { type EngineEvents, parseEngineEvents } from "./engine-events.ts";
import { type EngineEnd, type HeldOptions, ROOM, runHeld } from "./engine-process.ts";

/** What a call of the Pulumi CLI came to. */
export interface CliResult extends EngineEnd {
  seconds: number;
}

/** What a shell answers for a command that isn't there. */
const NOT_FOUND = 127;

function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DEBUG_COMMANDS: "true", ...more };
}

function cannotStart(why: string): Refusal {
  return badInput(`the Pulumi CLI can't be started (${why}): put \`pulumi\` on PATH`);
}

/** Calls the CLI in the project's folder (its event log is among the "debug commands"). Nothing secret goes on the command line: what is handed over lies in a file. */
export async function pulumi(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input: string | null = null,
  signal?: AbortSignal,
): Promise<CliResult> {
  const startedAt = performance.now();
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd,
    env: environment(env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A CLI that leaves without reading it says so by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const ended = new Promise<Pick<CliResult, "code" | "signal">>((resolve, reject) => {
    child.on("error", (error) => reject(cannotStart(error.message)));
    const end = (): void => void child.kill();
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    child.on("close", (code, signal) => resolve({ code: code ?? 255, signal }));
  });
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { ...end, stdout, stderr, seconds: (performance.now() - startedAt) / 1_000 };
}

/**
 * Makes an update: known to `begun` before it begins, and not stopped half-way by the end of the runner.
 */
async function update(cwd: string, args: readonly string[], options: Omit<HeldOptions, "cwd">): Promise<CliResult> {
  const startedAt = performance.now();
  const env = environment(options.env);
  const ended = await runHeld("pulumi", [...args, "--non-interactive"], { ...options, cwd, env });
  if (ended.code === NOT_FOUND) throw cannotStart("it isn't found");
  return { ...ended, seconds: (performance.now() - startedAt) / 1_000 };
}

/** How a desired state is handed to the CLI. */
export interface HandOver {
  desired: unknown;
  /** for an update: told of the process before it begins; a preview, which changes nothing, has none */
  begun: HeldOptions["begun"] | null;
  /** variables of its own; undefined takes one away */
  env?: NodeJS.ProcessEnv;
  /** ends a preview that nobody waits for any more */
  signal?: AbortSignal | undefined;
}

/** Calls the CLI with a desired state (a file of its own) and reads the engine's events back. */
export async function pulumiWithEvents(
  cwd: string,
  args: readonly string[],
  { desired, begun, env: own = {}, signal }: HandOver,
): Promise<CliResult & { events: EngineEvents }> {
  const room = await temporaryFolder(ROOM);
  try {
    const desiredFile = join(room, "desired.json");
    const eventLog = join(room, "events.jsonl");
    await writeFile(desiredFile, JSON.stringify(desired), { mode: 0o600 });
    const env = { RUNBOOKS_DESIRED_STATE: desiredFile, ...own };
    const all = [...args, "--event-log", eventLog];
    const result =
      begun === null ? await pulumi(cwd, all, env, null, signal) : await update(cwd, all, { env, room, begun });
    const log = (await readIfThere(eventLog))?.toString() ?? "";
    capture(`what \`pulumi ${args[0]}\` said`, `${result.stdout}\n${result.stderr}\n${log}`);
    return { ...result, events: parseEngineEvents(log) };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
