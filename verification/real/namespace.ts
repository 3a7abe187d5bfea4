import { execFileSync, spawn } from "node:child_process";
import { isExecutable, onPath } from "../../sandbox/engine/toolchain/paths.mjs";
import { missing, reasonOf } from "../../sandbox/engine/toolchain/problem.mjs";

/** The addresses that answer inside: of pods, nodes and the Gateway; and of Services. */
const RANGES = ["10.244.0.0/16", "10.96.0.0/16"];
const SETUP = ["ip link set lo up", ...RANGES.map((range) => `ip route add local ${range} dev lo`), 'exec "$@"'].join(
  " && ",
);

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
  const inside = ["sh", "-c", SETUP, "sh"];
  if (uid === 0) return [unshare, "--net", ...inside, ...command];
  const back = [unshare, "--user", `--map-user=${uid}`, `--map-group=${gid}`];
  return [unshare, "--user", "--map-root-user", "--net", ...inside, ...back, ...command];
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

/**
 * Runs a command in a network namespace of its own, passes Ctrl-C on, and gives its exit code. What it has started ends with it as it sees fit:
 * the namespace itself goes with its last process.
 * @throws Missing where this machine gives none
 */
export async function inNamespace(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  mustEnter(uid, gid);
  const [first = "", ...rest] = enter(uid, gid, command);
  const child = spawn(first, rest, { stdio: "inherit", env: { ...withSbin(), ...env } });
  // Ctrl-C on a terminal reaches the child by itself.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
