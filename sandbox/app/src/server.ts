import { once } from "node:events";
import { createServer } from "node:http";
import { createApp } from "./app.ts";
import { createBackground } from "./background.ts";
import type { Behaviour } from "./behaviour.ts";
import { connectDatabase } from "./database.ts";
import { drain } from "./drain.ts";
import { type Environment, parseEnvironment, secretValues } from "./environment.ts";
import { createEventHub } from "./events.ts";
import { createKeepAlive } from "./keep-alive.ts";
import { createLog, type Log } from "./log.ts";
import { connectRedis } from "./redis.ts";
import { createRequestCounts } from "./request-counts.ts";
import { createUpgrades } from "./upgrades.ts";

/**
 * Runs the workload as the environment says, until SIGTERM or SIGINT: then it goes unready, drains and exits with 0
 * (1 where the drain didn't end in time, or the environment or the port can't be used).
 */
export async function serve(behaviour: Behaviour): Promise<void> {
  const bootLog = createLog({ level: "info", base: { version: behaviour.version }, secrets: [], write });
  try {
    const environment = parseEnvironment(process.env);
    const log = createLog({
      level: environment.LOG_LEVEL,
      base: { release: environment.RELEASE_ID, version: behaviour.version },
      secrets: secretValues(environment),
      write,
    });
    process.on("uncaughtException", (error) => {
      log.error("the process can't go on", { error });
      process.exit(1);
    });
    await run(behaviour, environment, log);
  } catch (error) {
    bootLog.error("the pod could not start", { error });
    process.exit(1);
  }
}

async function run(behaviour: Behaviour, environment: Environment, log: Log): Promise<void> {
  let draining = false;
  const state = { draining: () => draining };
  const database = connectDatabase(environment.DATABASE_URL, log);
  const redis = connectRedis(environment.REDIS_URL, log);
  const background = createBackground(log);
  const { commands, subscriber } = redis;
  const hub = createEventHub({ commands, subscriber, release: environment.RELEASE_ID, log });
  const counts = createRequestCounts();
  const upgrades = createUpgrades(hub, counts, state);
  const keepAlive = createKeepAlive();
  const app = createApp(behaviour, environment, {
    database,
    redis,
    hub,
    upgrades,
    counts,
    background,
    keepAlive,
    log,
    ...state,
  });

  // A proxy must be the one to give up idle connections: it would send a request on one that we are closing.
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 66_000, noDelay: true }, app);
  upgrades.attach(server, app);
  server.listen(environment.PORT);
  await once(server, "listening");
  const address = server.address();
  log.info("listening", { port: typeof address === "object" ? address?.port : environment.PORT });

  async function leave(signal: NodeJS.Signals): Promise<void> {
    if (draining) return;
    draining = true;
    keepAlive.end();
    log.info("draining", { signal });
    const closeDependencies = async () => {
      redis.close();
      await database.close();
    };
    const outcome = await drain({ server, hub, background, closeDependencies, log });
    log.info("left", { outcome });
    process.exit(outcome === "clean" ? 0 : 1);
  }
  process.on("SIGTERM", leave);
  process.on("SIGINT", leave);
}

function write(line: string): void {
  process.stdout.write(line);
}
