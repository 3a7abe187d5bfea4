import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
/** In /proc/PID/stat the start time is field 22; after the command's closing parenthesis it is the 20th. */
const START_TIME = 19;

async function linuxStart(pid: number): Promise<string | null> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
  ]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : `${boot.trim()}/${fields[START_TIME]}`;
}

/**
 * When a process of this machine began, in a form that no other process and no other boot shares.
 * @returns null where there is no such process, or only its remains
 */
export async function processStart(pid: number): Promise<string | null> {
  try {
    if (process.platform === "linux") return await linuxStart(pid);
    const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() === "" ? null : stdout.trim();
  } catch {
    return null;
  }
}
