import { Router } from "express";
import type { Log } from "./log.ts";
import type { Readiness } from "./readiness.ts";

export interface HealthOptions {
  version: string;
  release: string;
  readiness: () => Promise<Readiness>;
  draining: () => boolean;
  log: Log;
}

/**
 * GET / : 200 while the process is well, touching no dependency: an outage must not restart pods.
 * GET /ready : 200 while every dependency is well and the pod isn't draining, else 503.
 */
export function healthRoutes({ version, release, readiness, draining, log }: HealthOptions): Router {
  const router = Router();
  let last: Readiness["status"] | null = null;

  router.get("/", (_req, res) => {
    res.json({ status: "ok", version, release });
  });

  router.get("/ready", async (_req, res) => {
    const result = await readiness();
    if (result.status !== last) {
      last = result.status;
      log[last === "ready" ? "info" : "warn"](`readiness: ${last}`, { checks: result.checks });
    }
    const status = draining() ? "not_ready" : result.status;
    res.status(status === "ready" ? 200 : 503).json({ ...result, status, ...(draining() ? { draining: true } : {}) });
  });

  return router;
}
