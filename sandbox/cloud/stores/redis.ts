import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { SpawnRecorded } from "../processes.ts";
import type { Certificates } from "./certificates.ts";
import { freePort } from "./ports.ts";
import { failOver, limitMemory, refuseAuth } from "./redis-faults.ts";

const ADMIN = "sandbox-control-plane";
const READY_WITHIN_MS = 5_000;
const POLL_MS = 15;

/** A user of the store: its access string as ElastiCache writes it, and the passwords that open it. */
export interface RedisUser {
  name: string;
  access: string;
  /** Empty for a user without a password. */
  passwords: readonly string[];
}

/** What a store is started with. */
export interface RedisOptions {
  id: string;
  stack: string;
  /** Folder of its logs and working files. */
  dir: string;
  /** Left out for a store without encryption in transit. */
  certificates: Certificates | undefined;
  parameters: Readonly<Record<string, string>>;
  users: readonly RedisUser[];
  spawnRecorded: SpawnRecorded;
}

/** A running redis-server that can be taken down and brought back on the same port. */
export interface RedisStore {
  readonly id: string;
  readonly stack: string;
  readonly port: number;
  state(): "up" | "down";
  /** Users that aren't named lose their connections, as with the real service; others keep theirs. */
  setUsers(users: readonly RedisUser[]): Promise<void>;
  /** Sets parameters that Redis can change while it runs. */
  setParameters(parameters: Readonly<Record<string, string>>): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
  /** Refuses the passwords of every user, or accepts them again. */
  auth(passwords: "refused" | "accepted"): Promise<void>;
  memory(memory: "full" | "free"): Promise<void>;
  failover(failover: "begun" | "ended"): Promise<void>;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The rules of a user for ACL SETUSER; passwords as hashes alone, so that no log of Redis holds one. */
function aclRules({ access, passwords }: Omit<RedisUser, "name">): string[] {
  const secrets = passwords.length === 0 ? ["nopass"] : passwords.map((password) => `#${sha256(password)}`);
  return ["reset", ...secrets, ...access.split(/\s+/).filter((rule) => rule !== "")];
}

/** Without RBAC everybody may do everything, as on ElastiCache; with it nobody but the group's users may. */
function usersOf(users: readonly RedisUser[]): readonly RedisUser[] {
  if (users.some(({ name }) => name === "default")) return users;
  const access = users.length === 0 ? "on ~* &* +@all" : "off -@all";
  return [{ name: "default", access, passwords: [] }, ...users];
}

/** The configuration, handed over on stdin: what it holds is on no disk and in no argument list. */
function configuration(options: RedisOptions, port: number, users: readonly RedisUser[], admin: RedisUser): string {
  const { certificates, dir, parameters } = options;
  const listener =
    certificates === undefined
      ? [`port ${port}`]
      : [
          "port 0",
          `tls-port ${port}`,
          `tls-cert-file "${certificates.certFile}"`,
          `tls-key-file "${certificates.keyFile}"`,
          `tls-ca-cert-file "${certificates.caFile}"`,
          "tls-auth-clients no",
        ];
  return [
    ...listener,
    "bind 127.0.0.1",
    `dir "${dir}"`,
    'save ""',
    "appendonly no",
    "daemonize no",
    "protected-mode no",
    ...Object.entries(parameters).map(([name, value]) => `${name} "${value}"`),
    ...[admin, ...usersOf(users)].map((user) => `user ${user.name} ${aclRules(user).join(" ")}`),
    "",
  ].join("\n");
}

function clientOf(options: RedisOptions, port: number, password: string): Redis {
  const { certificates } = options;
  const client = new Redis({
    host: "127.0.0.1",
    port,
    username: ADMIN,
    password,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...(certificates === undefined ? {} : { tls: { ca: readFileSync(certificates.caFile) } }),
  });
  // Each command's promise rejects with the same error; the event alone would end the process.
  client.on("error", () => undefined);
  return client;
}

/** Starts a redis-server on a free loopback port. @throws Error with the end of its log where it doesn't come up. */
export async function startRedis(options: RedisOptions): Promise<RedisStore> {
  const { id, stack, dir, spawnRecorded } = options;
  const port = await freePort();
  const logFile = join(dir, `redis-${id}.log`);
  const admin = { name: ADMIN, access: "on ~* &* +@all", passwords: [randomBytes(24).toString("hex")] };
  let users = options.users;
  let parameters = options.parameters;
  let child: ChildProcess | null = null;
  mkdirSync(dir, { recursive: true });

  const asAdmin = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = clientOf(options, port, admin.passwords[0] ?? "");
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  };

  const isReady = (): Promise<boolean> =>
    asAdmin((client) => client.ping()).then(
      () => true,
      () => false,
    );

  const up = async (): Promise<void> => {
    if (child !== null) return;
    const log = openSync(logFile, "a");
    const started = spawnRecorded({
      what: `redis-server of ${id} (${stack})`,
      command: "redis-server",
      args: ["-"],
      env: process.env,
      cwd: dir,
      stdio: ["pipe", log, log],
    });
    closeSync(log);
    let ended: string | null = null;
    started.once("error", (error) => {
      ended = error.message;
    });
    started.once("exit", (code, signal) => {
      ended = `it left with ${code ?? signal}`;
      child = null;
    });
    child = started;
    started.stdin?.end(configuration({ ...options, parameters }, port, users, admin));
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isReady())) {
      if (ended !== null || Date.now() > deadline) {
        const lines = readFileSync(logFile, "utf8").trim().split("\n").slice(-5).join("\n");
        throw new Error(`redis-server of ${id} didn't come up (${ended ?? "no answer"}):\n${lines}`);
      }
      await delay(POLL_MS);
    }
  };

  const down = async (): Promise<void> => {
    const running = child;
    if (running === null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await gone;
  };

  const setUsers = async (next: readonly RedisUser[]): Promise<void> => {
    const kept = new Set(usersOf(next).map(({ name }) => name));
    const dropped = usersOf(users).filter(({ name }) => !kept.has(name));
    if (child !== null) {
      await asAdmin(async (client) => {
        for (const user of usersOf(next)) await client.call("ACL", "SETUSER", user.name, ...aclRules(user));
        for (const user of dropped) await client.call("ACL", "DELUSER", user.name);
      });
    }
    users = next;
  };

  await up();
  return {
    id,
    stack,
    port,
    state: () => (child === null ? "down" : "up"),
    up,
    down,
    setUsers,
    auth: (passwords) => {
      if (passwords === "accepted") return setUsers(users);
      const open = users.filter(({ passwords: known }) => known.length > 0);
      return refuseAuth(
        asAdmin,
        open.map(({ name }) => name),
      );
    },
    memory: (memory) => limitMemory(asAdmin, memory),
    failover: (failover) => failOver(asAdmin, failover),
    setParameters: async (next) => {
      if (child !== null) {
        await asAdmin(async (client) => {
          for (const [name, value] of Object.entries(next)) await client.config("SET", name, value);
        });
      }
      parameters = next;
    },
  };
}
