import type { Json } from "../../infra/domain/json.ts";
import { headersIn, type ReleaseHeaders } from "../../infra/domain/release-header.ts";
import type { GateContext, GateName, Observation } from "../../infra/gates/index.ts";
import { GATES } from "../../infra/gates/index.ts";
import { NO_OWN_REQUESTS, newRecorder } from "../../infra/metrics/own-requests.ts";
import { PASSWORD, USER } from "./workload/routes.ts";

export const CANARY = "rc0ffee001";
export const STABLE = "r5table001";

export interface Look {
  url: string;
  stable?: string | null;
  /** how requests name a release */
  headers?: ReleaseHeaders;
  memory?: Json;
  /** when it looks, in milliseconds after the first time */
  after?: number;
}

export function contextFor({
  url,
  stable = STABLE,
  headers = headersIn([]),
  memory = null,
  after = 0,
}: Look): GateContext {
  return {
    target: {
      baseUrl: url,
      hostname: "staging.app.example.com",
      release: CANARY,
      stable,
      headers,
      healthPath: "/api/health",
      readyPath: "/api/health/ready",
      user: USER,
      password: PASSWORD,
      meter: newRecorder(),
    },
    counters: () => Promise.reject(new Error("no counters here")),
    pods: () => Promise.reject(new Error("no cluster here")),
    ownMetrics: [],
    own: NO_OWN_REQUESTS,
    limits: {
      minimumRequests: 100,
      alpha: 0.05,
      hardLimitPercent: 5,
      withoutUsers: "hold",
      latency: null,
      pods: { restarts: 1, unready: 3 },
    },
    memory,
    signal: new AbortController().signal,
    since: 1_700_000_000_000,
    now: 1_700_000_000_123 + after,
  };
}

/** One look of a gate at the fake workload. */
export function observe(gate: GateName, look: Look): Promise<Observation> {
  return GATES[gate].observe(contextFor(look));
}
