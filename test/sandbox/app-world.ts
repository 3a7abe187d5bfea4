import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { z } from "zod";
import { type Image, openImages } from "../../sandbox/cloud/images.ts";
import { openProcesses } from "../../sandbox/cloud/processes.ts";
import { makeTemplate, startPostgres } from "../../sandbox/cloud/stores/postgres.ts";

const ROOT = join(import.meta.dirname, "../..");
const logLine = z.looseObject({ level: z.string(), message: z.string() });

export type LogLine = z.infer<typeof logLine>;

/** A version of the workload, running as the sandbox runs it. */
export interface Pod {
  url: string;
  process: ChildProcess;
  /** Its stdout, parsed. */
  logs: LogLine[];
  /** Its stdout and stderr as they are. */
  output: () => string;
  stop(): Promise<number | null>;
}

/** Real Postgres and Redis, stand-ins for Supabase and AFM, and the pods that a test starts. */
export interface World {
  environment: Record<string, string>;
  redis: Redis;
  redisServer: { kill(): Promise<void>; start(): Promise<void>; signal(signal: NodeJS.Signals): void };
  /** Every connection to Postgres goes through it. */
  databaseGate: { shut(): void; open(): void };
  supabase: { status: number };
  afm: { status: number; keys: string[]; bodies: string[] };
  startPod(version: string, environment?: Record<string, string>): Promise<Pod>;
  run(
    version: string,
    args: string[],
    environment?: Record<string, string>,
  ): Promise<{ code: number | null; logs: LogLine[] }>;
  close(): Promise<void>;
}

export const SECRETS = {
  SESSION_SECRET: "signing-key-1,signing-key-0",
  SUPABASE_KEY: "sb_secret_of_the_test",
  AFM_KEY: "afm-key-of-the-test",
};
const DATABASE_PASSWORD = "database-password-of-the-test";
const REDIS_PASSWORD = "redis-password-of-the-test";

export async function startWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), "workload-"));
  // In the project, as the sandbox has them: a pod finds the packages from there.
  const imageRoom = await mkdtemp(join(ROOT, ".sandbox-images-"));
  const images = openImages(imageRoom);
  const imageOf = async (version: string): Promise<Image> => {
    const image = await images.find(await images.build(join(ROOT, "sandbox/app/versions", version), "app"));
    assert.ok(image);
    return image;
  };
  const processes = openProcesses(join(directory, "processes"));
  const { spawnRecorded } = processes;
  const stores = join(directory, "stores");
  await mkdir(stores);
  const template = await makeTemplate(stores, "superuser", spawnRecorded);
  const owned = { stage: "staging", dir: stores, password: DATABASE_PASSWORD, template, spawnRecorded };
  const [postgres, redisPort] = [await startPostgres(owned), await freePort()];

  const databaseGate = await startGate(postgres.port);
  const redisServer = redisProcess(redisPort, directory);
  await redisServer.start();
  const redis = new Redis({ port: redisPort, password: REDIS_PASSWORD, retryStrategy: () => 50 });
  redis.on("error", () => undefined);

  const supabase = { status: 200 };
  const afm = { status: 200, keys: [] as string[], bodies: [] as string[] };
  const supabaseServer = await listen(
    createServer((req, res) => {
      const known = req.headers.apikey === SECRETS.SUPABASE_KEY;
      res.writeHead(known ? supabase.status : 401).end("{}");
    }),
  );
  const afmServer = await listen(
    createServer(async (req, res) => {
      let body = "";
      for await (const chunk of req) body += String(chunk);
      if (req.method === "POST") {
        afm.keys.push(String(req.headers["x-api-key"]));
        afm.bodies.push(body);
      }
      res.writeHead(req.headers["x-api-key"] === SECRETS.AFM_KEY ? afm.status : 401).end("{}");
    }),
  );

  const environment = {
    PATH: process.env.PATH ?? "",
    PORT: "0",
    RELEASE_ID: "r000000001",
    STAGE: "staging",
    LOG_LEVEL: "debug",
    SESSION_STORE: "redis",
    REDIS_URL: `redis://default:${REDIS_PASSWORD}@127.0.0.1:${redisPort}`,
    SUPABASE_URL: supabaseServer.url,
    AFM_URL: afmServer.url,
    DATABASE_URL: `postgresql://app:${DATABASE_PASSWORD}@127.0.0.1:${databaseGate.port}/postgres`,
    ...SECRETS,
  };
  const pods = new Set<Pod>();

  return {
    environment,
    redis,
    redisServer,
    databaseGate,
    supabase,
    afm,
    startPod: async (version, overrides = {}) => {
      const pod = await startPod(await imageOf(version), { ...environment, ...overrides });
      pods.add(pod);
      return pod;
    },
    run: async (version, args, overrides = {}) => {
      const child = spawn(process.execPath, args, {
        cwd: (await imageOf(version)).folder,
        env: { ...environment, ...overrides },
      });
      const { logs } = collect(child);
      const [code] = await once(child, "close");
      return { code, logs };
    },
    close: async () => {
      await Promise.all([...pods].map((pod) => pod.stop()));
      redis.disconnect();
      await redisServer.kill();
      databaseGate.close();
      supabaseServer.server.close();
      afmServer.server.close();
      await postgres.down();
      await processes.endAll();
      await rm(directory, { recursive: true, force: true });
      await rm(imageRoom, { recursive: true, force: true });
    },
  };
}

/** Polls until `condition` holds; fails with `what` after `timeoutMs`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 8000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`not within ${timeoutMs} ms: ${what}`);
    await delay(20);
  }
}

async function startPod({ folder, start }: Image, environment: Record<string, string>): Promise<Pod> {
  const child = spawn(process.execPath, start.args, { cwd: folder, env: environment });
  const { logs, output } = collect(child);
  const exited = once(child, "exit");
  const listening = () => logs.find(({ message }) => message === "listening");
  await eventually("the pod listens", () => listening() !== undefined || child.exitCode !== null);
  const port = z.object({ port: z.number() }).parse(listening() ?? {}, { error: () => output() }).port;
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    logs,
    output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

function collect(child: ChildProcess): { logs: LogLine[]; output: () => string } {
  const logs: LogLine[] = [];
  let output = "";
  child.stderr?.on("data", (chunk) => {
    output += String(chunk);
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      output += `${line}\n`;
      logs.push(logLine.parse(JSON.parse(line)));
    });
  }
  return { logs, output: () => output };
}

function redisProcess(port: number, directory: string) {
  let child: ChildProcess | null = null;
  return {
    start: async () => {
      const args = [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        directory,
      ];
      const started = spawn("redis-server", [...args, "--requirepass", REDIS_PASSWORD], { stdio: "ignore" });
      child = started;
      await eventually("redis listens", () => canConnect(port));
    },
    signal: (signal: NodeJS.Signals) => {
      child?.kill(signal);
    },
    kill: async () => {
      if (child === null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      child = null;
    },
  };
}

async function startGate(target: number) {
  const sockets = new Set<Socket>();
  let shut = false;
  const server = createTcpServer((inside) => {
    if (shut) {
      inside.destroy();
      return;
    }
    const outside = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
      from.pipe(to);
    }
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(portOf(server)));
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    shut: () => {
      shut = true;
      cut();
    },
    open: () => {
      shut = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}

async function listen(server: Server): Promise<{ url: string; server: Server }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${portOf(server)}`, server };
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

function portOf(server: { address(): ReturnType<Server["address"]> }): number {
  return z.object({ port: z.number() }).parse(server.address()).port;
}

function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.on("error", () => resolve(false));
  return promise;
}
