import express, { type Express } from "express";
import { createAfm } from "./afm.ts";
import type { Background } from "./background.ts";
import type { Behaviour } from "./behaviour.ts";
import { beneficiaryRoutes } from "./beneficiaries.ts";
import { budgetRoutes } from "./budgets.ts";
import { credentialsInUse } from "./credentials.ts";
import type { Database } from "./database.ts";
import { documentRoutes } from "./documents.ts";
import type { Environment } from "./environment.ts";
import type { EventHub } from "./events.ts";
import { injectedFaults } from "./faults.ts";
import { healthRoutes } from "./health.ts";
import type { KeepAlive } from "./keep-alive.ts";
import type { Log } from "./log.ts";
import { metricsRoute } from "./metrics.ts";
import { type Check, createReadiness } from "./readiness.ts";
import type { RedisConnections } from "./redis.ts";
import type { RequestCounts } from "./request-counts.ts";
import { answerErrors, notFound, requestIds } from "./requests.ts";
import { createSessionKeys } from "./session-keys.ts";
import { SESSION_COOKIE, sessionRoutes, sessions } from "./sessions.ts";
import { createSupabase } from "./supabase.ts";
import type { Upgrades } from "./upgrades.ts";

export interface AppDependencies {
  database: Database;
  redis: RedisConnections;
  hub: EventHub;
  upgrades: Upgrades;
  counts: RequestCounts;
  background: Background;
  keepAlive: KeepAlive;
  draining: () => boolean;
  log: Log;
}

/** The routes of the workload. The health paths stand before everything that a version's faults or an outage can touch. */
export function createApp(behaviour: Behaviour, environment: Environment, dependencies: AppDependencies): Express {
  const { database, redis, hub, upgrades, counts, background, keepAlive, draining, log } = dependencies;
  const { version } = behaviour;
  const release = environment.RELEASE_ID;
  const afm = createAfm(environment.AFM_URL, environment.AFM_KEY);
  const supabase = createSupabase(environment.SUPABASE_URL, environment.SUPABASE_KEY);
  const sessionKeys = createSessionKeys(environment.SESSION_SECRET, SESSION_COOKIE);
  const checks: Record<string, Check> = {
    database: database.check,
    redis: redis.check,
    supabase: supabase.check,
    afm: afm.check,
    ...(behaviour.readiness === "never" ? { warmup: stillCold } : {}),
  };

  const app = express();
  app.disable("x-powered-by").disable("etag").set("trust proxy", true);
  app.use(requestIds(log));
  app.use(keepAlive.track);
  app.use("/api/health", healthRoutes({ version, release, readiness: createReadiness(checks), draining, log }));
  app.get("/metrics", metricsRoute({ inUse: credentialsInUse(environment), keyUses: sessionKeys.uses, counts }));
  app.use(counts.count);
  app.use(injectedFaults(behaviour, environment.STAGE));
  app.get("/", (_req, res) => {
    res.json({ app: "reference-workload", version, release });
  });
  app.use(
    "/api",
    sessions(redis.commands, environment.SESSION_SECRET),
    sessionKeys.count,
    express.json({ limit: "64kb" }),
  );
  app.get("/api/events", upgrades.accept);
  app.use("/api", sessionRoutes(database));
  app.use("/api/documents", documentRoutes(database, behaviour.documents));
  app.use("/api/beneficiaries", beneficiaryRoutes(database));
  app.use("/api/budgets", budgetRoutes({ database, afm, hub, background, log }));
  app.use((_req, _res, next) => next(notFound()));
  app.use(answerErrors(log));
  return app;
}

async function stillCold(): Promise<void> {
  throw Object.assign(new Error("the caches are not warm"), { code: "CACHES_COLD" });
}
