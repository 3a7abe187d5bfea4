import { execFileSync, spawn } from "node:child_process";
import { isExecutable, onPath } from "../../tools/paths.mjs";
import { missing, reasonOf } from "../../tools/problem.mjs";

/** The addresses that answer inside: of pods, nodes and the Gateway; and of Services. */
const RANGES = ["10.244.0.0/16", "10.96.0.0/16"];
const SETUP = ["ip link set lo up", ...RANGES.map((range) => `ip route add local ${range} dev lo`)].join(" && ");
// Not by exec: the shell is the first process in there, and takes in whatever is left without a parent.
const RUN = `${SETUP} && "$@"; exit $?`;

function tool(name: string, pack: string): string {
  const found = onPath(name)[0] ?? [`/usr/sbin/${name}`, `/sbin/${name}`].find(isExecutable);
  if (found !== undefined) return found;
  throw missing(name, [`there is no \`${name}\` on PATH`], `Install ${pack}.`);
}

/**
 * The command line that runs another one in a network namespace of its own, in which every address of pods and Services is this
 * machine's. As root, or in a user namespace, from which it comes back to the user that it was.
 */
function enter(uid: number, gid: number, command: readonly string[]): string[] {
  const unshare = tool("unshare", "util-linux 2.38 or newer");
  tool("ip", "iproute2");
  // With a process namespace too, nothing outlives the command: its end is everybody's.
  const own = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const inside = ["sh", "-c", RUN, "sh"];
  if (uid === 0) return [unshare, ...own, ...inside, ...command];
  const back = [unshare, "--user", `--map-user=${uid}`, `--map-group=${gid}`];
  return [unshare, "--user", "--map-root-user", ...own, ...inside, ...back, ...command];
}

/** @throws Missing where this machine gives no network namespace */
function mustEnter(uid: number, gid: number): void {
  const [first = "", ...rest] = enter(uid, gid, ["true"]);
  try {
    execFileSync(first, rest, { stdio: ["ignore", "ignore", "pipe"], env: withSbin() });
  } catch (error) {
    throw missing(
      "A network namespace of its own",
      [reasonOf(error).trim().replaceAll("\n", " ")],
      "Run it as root, or allow user namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0).",
    );
  }
}

const withSbin = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` });

/** What the command is sent when it shall end; it comes as a message of its IPC channel. */
export const LEAVE = "leave";
/** Milliseconds that the command may take to end before everything in the namespace is killed. */
const LEAVE_WITHIN = 60_000;

/**
 * Runs a Node command in a network and process namespace of its own, and gives its exit code. A signal is passed on as the message
 * LEAVE; a command that doesn't end then is killed, and everything that it has started goes with it in any case.
 * @throws Missing where this machine gives no namespace
 */
export async function inNamespace(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  mustEnter(uid, gid);
  const [first = "", ...rest] = enter(uid, gid, command);
  const child = spawn(first, rest, { stdio: ["inherit", "inherit", "inherit", "ipc"], env: { ...withSbin(), ...env } });
  const leave = () => {
    if (child.connected) child.send(LEAVE);
    setTimeout(() => child.kill("SIGKILL"), LEAVE_WITHIN).unref();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, leave);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
  } finally {
    for (const signal of signals) process.off(signal, leave);
  }
}
