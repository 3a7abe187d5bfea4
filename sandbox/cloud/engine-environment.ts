import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Fields of a line of /proc/net/tcp: the two ends as hexadecimal address and port, and the socket's inode. */
const LOCAL = 1;
const REMOTE = 2;
const INODE = 9;

/**
 * The environment of the process at the other end of a loopback connection. A provider that the engine starts has the engine's
 * environment; one that it attaches to, as the sandbox's, has to look there for the variables that set a real provider up.
 * @param peer the other end, as `127.0.0.1:PORT`
 * @param port this end's port
 * @returns an empty one where the process can't be found
 */
export function environmentOfPeer(peer: string, port: number): Record<string, string> {
  const peerPort = Number(peer.split(":").at(-1));
  return process.platform === "linux" ? byProc(peerPort, port) : byPrograms(peerPort, port);
}

/** As macOS' own programs say it, where there is no /proc. */
function byPrograms(peerPort: number, port: number): Record<string, string> {
  const connections = printed("lsof", ["-nP", `-iTCP@127.0.0.1:${peerPort}`, "-sTCP:ESTABLISHED", "-Fpn"]);
  const pid = holderIn(connections, peerPort, port);
  return pid === null ? {} : variablesIn(printed("ps", ["-E", "-ww", "-o", "command=", "-p", String(pid)]));
}

/** What a program prints; nothing where it leaves with 1, as both do where there is no such thing. */
function printed(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 1) return "";
    throw error;
  }
}

/** The process that has a connection's one end, in what `lsof -Fpn` prints (pure). */
export function holderIn(connections: string, ownPort: number, otherPort: number): number | null {
  let pid: number | null = null;
  for (const line of connections.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    if (line === `n127.0.0.1:${ownPort}->127.0.0.1:${otherPort}`) return pid;
  }
  return null;
}

/** The variables behind a command in what `ps -E` prints; a value ends at its first space (pure). */
export function variablesIn(command: string): Record<string, string> {
  const found = command.matchAll(/(?<=\s)([A-Za-z_][A-Za-z0-9_]*)=(\S*)/g);
  return Object.fromEntries([...found].map(([, name = "", value = ""]) => [name, value]));
}

function byProc(peerPort: number, port: number): Record<string, string> {
  const inode = inodeOf(peerPort, port);
  const pid = inode === undefined ? undefined : holderOf(inode);
  if (pid === undefined) return {};
  const text = readOr("", () => readFileSync(`/proc/${pid}/environ`, "utf8"));
  const entries = text.split("\0").filter((entry) => entry.includes("="));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

function inodeOf(peerPort: number, ownPort: number): string | undefined {
  const lines = readOr("", () => readFileSync("/proc/net/tcp", "utf8")).split("\n");
  const portIn = (end: string | undefined): number => Number.parseInt(end?.split(":")[1] ?? "", 16);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => portIn(fields[LOCAL]) === peerPort && portIn(fields[REMOTE]) === ownPort)?.[INODE];
}

function holderOf(inode: string): string | undefined {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.find((pid) => {
    const folder = join("/proc", pid, "fd");
    return readOr<string[]>([], () => readdirSync(folder)).some(
      (fd) => readOr("", () => readlinkSync(join(folder, fd))) === `socket:[${inode}]`,
    );
  });
}

/** Processes come and go while they are looked through, and others' can't be read. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
