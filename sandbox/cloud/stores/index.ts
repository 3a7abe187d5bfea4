import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNTS, STAGES, type Stage } from "../accounts.ts";
import type { Stores } from "../aws/elasticache.ts";
import type { SpawnRecorded } from "../processes.ts";
import type { Certificates } from "./certificates.ts";
import { makeTemplate, type PostgresStore, startPostgres } from "./postgres.ts";
import { type RedisStore, startRedis } from "./redis.ts";

/** The redis-servers of all replication groups. */
export interface RedisStores extends Stores {
  ofStack(stack: string): RedisStore[];
}

/** Keeps the redis-servers, each started when its replication group is made. */
export function redisStores(dir: string, certificates: Certificates, spawnRecorded: SpawnRecorded): RedisStores {
  const stores = new Map<string, RedisStore>();
  return {
    start: async ({ encryption, ...request }) => {
      const store = await startRedis({
        ...request,
        dir: join(dir, "redis"),
        certificates: encryption === "in transit" ? certificates : undefined,
        spawnRecorded,
      });
      stores.set(request.id, store);
      return store;
    },
    get: (id) => stores.get(id),
    end: async (id) => {
      await stores.get(id)?.down();
      stores.delete(id);
    },
    ofStack: (stack) => [...stores.values()].filter((store) => store.stack === stack),
  };
}

/** Starts one Postgres a stage, as Supabase has one a project: an outage of one leaves the other alone. */
export async function startDatabases(dir: string, spawnRecorded: SpawnRecorded): Promise<Record<Stage, PostgresStore>> {
  const folder = join(dir, "postgres");
  mkdirSync(folder, { recursive: true });
  const template = await makeTemplate(folder, randomBytes(24).toString("hex"), spawnRecorded);
  const start = (stage: Stage): Promise<PostgresStore> =>
    startPostgres({ stage, dir: folder, password: ACCOUNTS[stage].databasePassword, template, spawnRecorded });
  const [staging, production] = await Promise.all([start(STAGES[0]), start(STAGES[1])]);
  return { staging, production };
}
