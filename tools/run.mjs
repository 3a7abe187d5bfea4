import { spawn } from "node:child_process";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Lines that a failed command's error quotes of its output's beginning, and of its end. */
const QUOTED_LINES = 8;

/** @param {string} output */
function quoted(output) {
  const lines = output.trim().split("\n");
  const left = lines.length - 2 * QUOTED_LINES;
  const short =
    left <= 0 ? lines : [...lines.slice(0, QUOTED_LINES), `(${left} lines more)`, ...lines.slice(-QUOTED_LINES)];
  return short.join("\n    ");
}

/** Ends what `run` has started and is still at work. */
export function endRunning() {
  for (const child of running) child.kill("SIGTERM");
}

/**
 * Runs a command to its end, silently.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options] `env` is added to this process's
 * @returns {Promise<string>} what it wrote to stdout
 * @throws Error with the end of its output when it doesn't leave with 0
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let stdout = "";
  let all = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    all += chunk;
  });
  child.stderr.on("data", (chunk) => {
    all += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      running.delete(child);
      reject(new Error(`${command} could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      running.delete(child);
      if (code === 0) return resolve(stdout);
      const said = quoted(all);
      reject(
        new Error(
          `\`${command} ${args.join(" ")}\` exited with ${code ?? signal}${said === "" ? "" : `:\n    ${said}`}`,
        ),
      );
    });
  });
}
