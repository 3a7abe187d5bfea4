import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { limitTime } from "../clients/process-tree.ts";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import { formatDuration } from "../domain/durations.ts";
import { badInput, type Refusal } from "../errors.ts";
import { readIfThere } from "../records/record-file.ts";
import { capture } from "../records/redaction/captured-output.ts";
import { type EngineEvents, parseEngineEvents } from "./engine-events.ts";
import { type EngineEnd, type HeldOptions, ROOM, runHeld } from "./engine-process.ts";

/** What a call of the Pulumi CLI came to. */
export interface CliResult extends EngineEnd {
  seconds: number;
  /** what to say where it was ended because its time was up; null where it ended otherwise */
  overdue: string | null;
}

/** How long a preview may take, in milliseconds: users may be on a canary that nobody looks at meanwhile. */
const LONGEST_PREVIEW = 10 * 60_000;

/** What a shell answers for a command that isn't there. */
const NOT_FOUND = 127;

function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DEBUG_COMMANDS: "true", ...more };
}

function cannotStart(why: string): Refusal {
  return badInput(`the Pulumi CLI can't be started (${why}): put \`pulumi\` on PATH`);
}

/** What is said of a call that took too long (pure). */
function overdueText(args: readonly string[], within: number): string {
  const options = args.findIndex((one) => one.startsWith("-"));
  const stack = args.indexOf("--stack");
  const shown = [
    ...(options === -1 ? args : args.slice(0, options)),
    ...(stack === -1 ? [] : args.slice(stack, stack + 2)),
  ];
  return `\`pulumi ${shown.join(" ")}\` hadn't ended after ${formatDuration(within)} and was stopped: run it yourself to see what it waits for (the backend, the secrets provider, a plugin's download), then try again`;
}

/** How the CLI is called. */
export interface Call {
  /** how long it may take, in milliseconds; null where stopping it would do more harm than waiting */
  within: number | null;
  env?: NodeJS.ProcessEnv;
  /** what it reads on stdin */
  input?: string;
  /** ends it */
  signal?: AbortSignal | undefined;
}

/** Calls the CLI in the project's folder (its event log is among the "debug commands"). Nothing secret goes on the command line: what is handed over lies in a file. */
export async function pulumi(
  cwd: string,
  args: readonly string[],
  { within, env = {}, input = "", signal }: Call,
): Promise<CliResult> {
  const startedAt = performance.now();
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd,
    env: environment(env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A CLI that leaves without reading it says so by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const limited = within === null ? null : limitTime(child, within);
  const ended = new Promise<Pick<CliResult, "code" | "signal">>((resolve, reject) => {
    child.on("error", (error) => reject(cannotStart(error.message)));
    const end = (): void => void child.kill();
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    child.on("close", (code, signal) => resolve({ code: code ?? 255, signal }));
  });
  try {
    const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    const overdue = within !== null && limited?.isOverdue() === true ? overdueText(args, within) : null;
    return { ...end, stdout, stderr, seconds: (performance.now() - startedAt) / 1_000, overdue };
  } finally {
    limited?.ended();
  }
}

/**
 * Makes an update: known to `begun` before it begins, and not stopped half-way by the end of the runner.
 */
async function update(cwd: string, args: readonly string[], options: Omit<HeldOptions, "cwd">): Promise<CliResult> {
  const startedAt = performance.now();
  const env = environment(options.env);
  const ended = await runHeld("pulumi", [...args, "--non-interactive"], { ...options, cwd, env });
  if (ended.code === NOT_FOUND) throw cannotStart("it isn't found");
  return { ...ended, seconds: (performance.now() - startedAt) / 1_000, overdue: null };
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
  /** how long a preview may take, in milliseconds */
  within?: number | undefined;
}

/** Calls the CLI with a desired state (a file of its own) and reads the engine's events back. */
export async function pulumiWithEvents(
  cwd: string,
  args: readonly string[],
  { desired, begun, env: own = {}, signal, within = LONGEST_PREVIEW }: HandOver,
): Promise<CliResult & { events: EngineEvents }> {
  const room = await temporaryFolder(ROOM);
  try {
    const desiredFile = join(room, "desired.json");
    const eventLog = join(room, "events.jsonl");
    await writeFile(desiredFile, JSON.stringify(desired), { mode: 0o600 });
    const env = { RUNBOOKS_DESIRED_STATE: desiredFile, ...own };
    const all = [...args, "--event-log", eventLog];
    const result =
      begun === null ? await pulumi(cwd, all, { within, env, signal }) : await update(cwd, all, { env, room, begun });
    const log = (await readIfThere(eventLog))?.toString() ?? "";
    capture(`what \`pulumi ${args[0]}\` said`, `${result.stdout}\n${result.stderr}\n${log}`);
    return { ...result, events: parseEngineEvents(log) };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
