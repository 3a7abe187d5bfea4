import { beneficiaries } from "./beneficiaries.ts";
import { budgets } from "./budgets.ts";
import { documents } from "./documents.ts";
import { errorRate } from "./error-rate.ts";
import type { Gate } from "./gate.ts";
import { health } from "./health.ts";
import { latency } from "./latency.ts";
import { login } from "./login.ts";
import { metricLimits, metrics } from "./metrics.ts";
import { pods } from "./pods.ts";
import { readiness } from "./readiness.ts";
import { sessionContinuity } from "./session-continuity.ts";
import { websocket } from "./websocket.ts";

export const GATE_NAMES = [
  "health",
  "readiness",
  "error-rate",
  "latency",
  "pods",
  "metrics",
  "metric-limits",
  "websocket",
  "session-continuity",
  "login",
  "documents",
  "beneficiaries",
  "budgets",
] as const;
export type GateName = (typeof GATE_NAMES)[number];

/** Every gate by its name. */
export const GATES: Record<GateName, Gate> = {
  health,
  readiness,
  "error-rate": errorRate,
  latency,
  pods,
  metrics,
  "metric-limits": metricLimits,
  websocket,
  "session-continuity": sessionContinuity,
  login,
  documents,
  beneficiaries,
  budgets,
};

export type { Answer, Gate, GateContext, GateLimits, JudgedPod, Observation, Target, Verdict } from "./gate.ts";
export { combine, gateLimits } from "./gate.ts";
