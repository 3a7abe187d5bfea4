import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { PROVER } from "../accounts.ts";
import type { SpawnRecorded } from "../processes.ts";
import { freePort } from "./ports.ts";
import {
  locatePostgres,
  NOBODY,
  type PostgresBinaries,
  postgresEnvironment,
  withoutRoot,
  withPlainPath,
} from "./postgres-binaries.ts";

const SUPERUSER = "postgres";
const READY_WITHIN_MS = 15_000;
const POLL_MS = 25;

/** A commit survives the server (an outage loses none) but not the machine: nothing waits for a disk. Loopback alone, no socket file. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "16MB",
  max_connections: "100",
  fsync: "off",
  full_page_writes: "off",
  jit: "off",
  max_wal_size: "64MB",
  timezone: "UTC",
};

/** What a stage's database is started with. */
export interface PostgresOptions {
  stage: string;
  dir: string;
  /** Of the role `app`, which owns the database `postgres`. */
  password: string;
  template: PostgresTemplate;
  spawnRecorded: SpawnRecorded;
}

/** An initialised cluster that each stage's database is a copy of. */
export interface PostgresTemplate {
  binaries: PostgresBinaries;
  folder: string;
  superuserPassword: string;
}

/** A running Postgres that can be taken down and brought back on the same port. */
export interface PostgresStore {
  readonly stage: string;
  readonly port: number;
  state(): "up" | "down";
  /** Whether anybody gets in: not while it is down, nor while it refuses connections. */
  answers(): "up" | "down";
  down(): Promise<void>;
  up(): Promise<void>;
  /** Refuses every connection of the application, and ends those it has; or accepts them again. */
  connections(connections: "refused" | "accepted"): Promise<void>;
}

/** Postgres wants its folder to be its own. */
function giveToNobody(folder: string): void {
  if (process.getuid?.() !== 0) return;
  chownSync(folder, NOBODY, NOBODY);
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    chownSync(join(folder, entry), NOBODY, NOBODY);
  }
}

/** Initialises a cluster once; it is copied for each stage. @throws Error with the end of initdb's log */
export async function makeTemplate(
  dir: string,
  password: string,
  spawnRecorded: SpawnRecorded,
  located: Promise<PostgresBinaries> = locatePostgres(),
): Promise<PostgresTemplate> {
  const binaries = await located;
  const folder = join(dir, "template");
  const logFile = join(dir, "initdb.log");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveToNobody(folder);
  const passwordFile = join(dir, "superuser");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const log = openSync(logFile, "a");
  const flags = ["--no-sync", "--no-instructions", "--encoding=UTF8", "--no-locale", "--wal-segsize=1"];
  const places = [`--pgdata=${folder}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
  const code = await withPlainPath(binaries, async (own) => {
    const child = spawnRecorded({
      what: "initdb",
      ...withoutRoot(own.initdb, [...flags, ...places, "--auth=scram-sha-256"]),
      env: postgresEnvironment(own),
      cwd: dir,
      stdio: ["ignore", log, log],
    });
    const [exit] = await once(child, "exit");
    return exit;
  }).finally(() => {
    closeSync(log);
    rmSync(passwordFile);
  });
  if (code !== 0) throw new Error(`Postgres: initdb left with ${code}:\n${readFileSync(logFile, "utf8").slice(-800)}`);
  return { binaries, folder, superuserPassword: password };
}

/** Starts a stage's Postgres on a free loopback port. @throws Error with the end of its log where it doesn't come up */
export async function startPostgres(options: PostgresOptions): Promise<PostgresStore> {
  const { stage, dir, password, template, spawnRecorded } = options;
  const port = await freePort();
  const folder = join(dir, stage);
  const logFile = join(dir, `${stage}.log`);
  let child: ChildProcess | null = null;
  let refusing = false;

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port,
      user: SUPERUSER,
      password: template.superuserPassword,
      database: "postgres",
    });
    await client.connect();
    return client;
  };

  const ready = async (hasEnded: () => boolean): Promise<pg.Client> => {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!hasEnded() && Date.now() < deadline) {
      const client = await connect().catch(() => null);
      if (client !== null) return client;
      await delay(POLL_MS);
    }
    throw new Error(`Postgres of ${stage} didn't come up:\n${readFileSync(logFile, "utf8").slice(-800)}`);
  };

  const start = async (): Promise<pg.Client> => {
    const log = openSync(logFile, "a");
    const settings = Object.entries({ ...SETTINGS, port: String(port) });
    const started = spawnRecorded({
      what: `postgres of ${stage}`,
      ...withoutRoot(template.binaries.postgres, [
        "-D",
        folder,
        ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ]),
      env: postgresEnvironment(template.binaries),
      cwd: dir,
      stdio: ["ignore", log, log],
      // A fast shutdown: it doesn't wait for the pods to hang up.
      endSignal: "SIGINT",
    });
    closeSync(log);
    child = started;
    let ended = false;
    started.once("error", () => {
      ended = true;
    });
    started.once("exit", () => {
      ended = true;
      child = null;
    });
    return ready(() => ended);
  };

  cpSync(template.folder, folder, { recursive: true, preserveTimestamps: true });
  chmodSync(folder, 0o700);
  giveToNobody(folder);
  const client = await start();
  try {
    await client.query(`CREATE ROLE app LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    await client.query(`CREATE ROLE ${PROVER.name} LOGIN CREATEDB PASSWORD ${client.escapeLiteral(PROVER.password)}`);
    await client.query("ALTER DATABASE postgres OWNER TO app");
    await client.query("ALTER SCHEMA public OWNER TO app");
  } finally {
    await client.end();
  }

  const connections = async (asked: "refused" | "accepted"): Promise<void> => {
    const admin = await connect();
    try {
      await admin.query(`ALTER DATABASE postgres CONNECTION LIMIT ${asked === "refused" ? 0 : -1}`);
      if (asked === "refused") {
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
      }
      refusing = asked === "refused";
    } finally {
      await admin.end();
    }
  };

  return {
    stage,
    port,
    state: () => (child === null ? "down" : "up"),
    answers: () => (child === null || refusing ? "down" : "up"),
    connections,
    down: async () => {
      const running = child;
      if (running === null) return;
      const gone = once(running, "exit");
      // An immediate shutdown: every connection breaks at once, as in an outage.
      running.kill("SIGQUIT");
      await gone;
    },
    up: async () => {
      if (child !== null) return;
      await (await start()).end();
    },
  };
}
