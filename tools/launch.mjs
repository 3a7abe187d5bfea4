import { spawn } from "node:child_process";
import module from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./paths.mjs";
import { EXIT_MISSING } from "./problem.mjs";
import { ensureToolchain, toolchainEnvironment } from "./toolchain.mjs";

/** @typedef {import("./needs.mjs").Tool} Tool */

const EXIT_BROKEN = 70;

/**
 * Makes sure of the tools, then runs a script of this repository on Node 24 with them on PATH: in this process when it
 * is such a Node, else in one of its own with the same standard streams, signals passed on, and its exit code.
 * @param {Tool[]} needs
 * @param {string} script path from the repository's root
 * @param {string[]} args
 */
export async function launch(needs, script, args) {
  const toolchain = await ensureToolchain(needs).catch(fail);
  const path = join(ROOT, script);
  const environment = toolchainEnvironment(toolchain);
  if (toolchain.node === process.execPath) await runHere(path, args, environment);
  else runThere(toolchain.node, [path, ...args], environment);
}

/**
 * @param {string} path
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} environment
 */
async function runHere(path, args, environment) {
  Object.assign(process.env, environment);
  module.enableCompileCache(environment.NODE_COMPILE_CACHE);
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function runThere(node, args, env) {
  const child = spawn(node, args, { env, stdio: "inherit" });
  // A Ctrl-C reaches everything on the terminal by itself, a signal to npm alone this process: the command takes both for one.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => child.kill(signal));
  child.once("error", fail);
  child.once("close", (code, signal) => {
    process.exitCode = signal === null ? (code ?? EXIT_BROKEN) : 128 + constants.signals[signal];
  });
}

/**
 * Ends at once: what other installations were about to start must not begin.
 * @param {unknown} error
 * @returns {never}
 */
function fail(error) {
  const expected = error instanceof Error && error.name === "Missing";
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exit(expected ? EXIT_MISSING : EXIT_BROKEN);
}
