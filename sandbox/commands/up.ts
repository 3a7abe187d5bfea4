import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { EXIT } from "../../infra/errors.ts";
import { locateToolchain, toolchainEnvironment } from "../../tools/toolchain.mjs";
import type { Lent } from "../cloud/lent/place.ts";
import { openProcesses } from "../cloud/processes.ts";
import { reportSchema } from "../cloud/report.ts";
import { clearState, readReady, type SandboxPaths } from "../cloud/state.ts";
import { sandboxEnvironment } from "./environment.ts";
import { type Borrowed, borrow } from "./lend.ts";
import { ensureOfficialProvider } from "./official-provider.ts";
import { FOLDER_VARIABLE, type Print, pathsOf, ROOT, type SandboxOptions } from "./sandbox.ts";
import { initialiseStacks } from "./stacks.ts";

/** What the daemon answers: nothing when it is up, or why it isn't. */
type Outcome = { kind: "up" } | { kind: "failed"; reason: string };

/** The reference workload's packages are this checkout's: from a sandbox elsewhere its images find them by a link. */
function linkPackages({ root }: SandboxPaths): void {
  if (!relative(ROOT, root).startsWith("..")) return;
  const link = join(root, "node_modules");
  rmSync(link, { force: true });
  symlinkSync(join(ROOT, "node_modules"), link);
}

function startDaemon(paths: SandboxPaths, borrowed: Borrowed | null): ChildProcess {
  mkdirSync(paths.logs, { recursive: true });
  linkPackages(paths);
  const log = openSync(join(paths.logs, "daemon.log"), "a");
  const toolchain = locateToolchain();
  const lent =
    borrowed === null ? [] : [JSON.stringify({ kubeconfig: paths.kubeconfig, stages: borrowed.stages } satisfies Lent)];
  const child = spawn(toolchain.node, [join(ROOT, "sandbox/cloud/main.ts"), paths.root, ...lent], {
    cwd: ROOT,
    env: toolchainEnvironment(toolchain),
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  return child;
}

function waitFor(daemon: ChildProcess, print: Print): Promise<Outcome> {
  return new Promise((resolve) => {
    let reason = "";
    daemon.on("message", (message: unknown) => {
      const report = reportSchema.parse(message);
      if (report.kind === "progress") print(`  ${report.line}`);
      if (report.kind === "failed") reason = report.reason;
      if (report.kind === "ready") resolve({ kind: "up" });
    });
    daemon.once("error", (error) => resolve({ kind: "failed", reason: error.message }));
    daemon.once("exit", (code, signal) =>
      resolve({ kind: "failed", reason: reason === "" ? `the daemon exited with ${code ?? signal}` : reason }),
    );
  });
}

/** Ends what a sandbox that died has left, and removes its files. */
async function cleanUp(paths: SandboxPaths, print: Print): Promise<void> {
  const ended = await openProcesses(paths.processes).endAll();
  for (const { what, pid } of ended) print(`  ended what an earlier sandbox left behind: ${what} (${pid})`);
  clearState(paths, "keep records");
}

/** Whether one that is up already will do, and on which cluster. */
export interface UpOptions extends SandboxOptions {
  which?: "any" | "new";
  /** a context of the reader's kubeconfig, whose cluster is there already; left out: the sandbox's own cluster */
  cluster?: string | undefined;
  /** `STACK=URL`: where a listener of that cluster's Gateway is reached, where not at the address of its status */
  gateways?: readonly string[];
}

/**
 * `runbook sandbox up`: starts an empty world and makes both stacks in an empty backend; what is left of a sandbox that died
 * is ended first. Answers 0 when it is up, also when it was before (4 where a new one is asked for), and 70 with the reason when it
 * can't come up.
 * @throws Refusal (exit 2) where the given cluster isn't fit, or there is no provider for it
 */
export async function up(
  { which = "any", cluster, gateways = [], ...options }: UpOptions,
  print: Print,
): Promise<number> {
  const paths = pathsOf(options);
  if (readReady(paths) !== null) {
    if (which === "any") {
      print("the sandbox is up already");
      return EXIT.done;
    }
    const folder = relative(ROOT, paths.root);
    print(
      `a sandbox is up already in ${folder}: wait until it is no longer used, or end it with \`${FOLDER_VARIABLE}=${folder} runbook sandbox down --purge\``,
    );
    return EXIT.busy;
  }
  const started = Date.now();
  const borrowed = cluster === undefined ? null : await borrow(cluster, gateways);
  print("starting the sandbox:");
  await cleanUp(paths, print);
  if (borrowed !== null) {
    mkdirSync(paths.root, { recursive: true });
    writeFileSync(paths.kubeconfig, borrowed.kubeconfig, { mode: 0o600 });
    print("  the official Kubernetes provider");
    await ensureOfficialProvider(paths.pulumiHome, toolchainEnvironment(locateToolchain()));
  }
  const daemon = startDaemon(paths, borrowed);
  const outcome = await waitFor(daemon, print);
  daemon.removeAllListeners();
  if (daemon.connected) daemon.disconnect();
  daemon.unref();

  const ready = readReady(paths);
  try {
    if (outcome.kind === "failed") throw new Error(outcome.reason);
    if (ready === null) throw new Error("the daemon exited right after it was up");
    print("  the stacks staging and production");
    await initialiseStacks({ folder: ROOT, env: { ...process.env, ...sandboxEnvironment(paths, ready) } });
  } catch (error) {
    await cleanUp(paths, print);
    print(`the sandbox didn't come up: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.stuck;
  }
  print(`the sandbox is up after ${((Date.now() - started) / 1000).toFixed(1)} s. Now:`);
  print(`  eval "$(npx --no-install runbook sandbox env)"     then pulumi preview|up --stack staging|production`);
  return EXIT.done;
}
