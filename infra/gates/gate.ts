import type { Pod, PodContainer } from "../clients/kubernetes-objects.ts";
import type { Json } from "../domain/json.ts";
import type { ReleaseHeaders } from "../domain/release-header.ts";
import type { WithoutUsers } from "../domain/without-users.ts";
import type { OwnMetric } from "../metrics/own/metric.ts";
import type { OwnMeter, OwnRequests } from "../metrics/own-requests.ts";
import type { ReadCounters, Reading } from "../metrics/reading.ts";

export type Answer = "pass" | "fail" | "hold";

/** What a gate says of one look at a release. */
export interface Verdict {
  gate: string;
  answer: Answer;
  /** One line for people. */
  summary: string;
  /** What a person wants to see; never a secret's value, a cookie or a password. */
  evidence: Record<string, Json>;
}

/** What a probe may touch. */
export interface Target {
  baseUrl: string;
  /** The Host header, where it isn't the one of `baseUrl`. */
  hostname: string | null;
  /** The release under judgement, reached by header whatever its weight. */
  release: string;
  /** The release that it is compared with; null where there is none. */
  stable: string | null;
  /** How requests name a release, by the route as it stands. */
  headers: ReleaseHeaders;
  healthPath: string;
  readyPath: string;
  user: string;
  password: string;
  /** Where every request that is sent to it is noted. */
  meter: OwnMeter;
}

export type { Durations } from "./durations.ts";

/** What the latency gate judges by; durations are milliseconds on the wall. */
export interface LatencyLimits {
  /** Its part of the chance of a false abort. */
  alpha: number;
  /** How long after its first request slowness alone doesn't fail a release: caches and compilers warm up. */
  warmUp: number;
  /** The e-value from which a release that is warming up is held; 0 holds every one. */
  heldFrom: number;
  /** How long an interval is at least whose requests are taken in together. */
  block: number;
  /** Bounds below aren't compared: nobody feels the difference. */
  from: number;
  /** What no release may exceed, whatever the other one does: the share `quantile` of the requests is to be quicker. */
  quantiles: readonly { quantile: number; milliseconds: number }[];
}

/** A pod as the cluster shows it: what the gate of the pods looks at. */
export type JudgedPod = Pick<Pod, "name" | "release" | "job" | "createdAt" | "ready" | "leaving" | "readyChangedAt"> & {
  containers: readonly PodContainer[];
};

/** What the pods of a release may do in a step. */
export interface PodLimits {
  /** Containers that end and are started again: one may be its node's doing. */
  restarts: number;
  /** Times that pods which were ready are not, beyond the other release's; without one, each pod may lose it once. */
  unready: number;
}

export interface GateLimits {
  /** Requests that the release must have served before its error rate can pass or trip the hard limit. */
  minimumRequests: number;
  /** The chance of a false abort, however often one looks: between 0 and 1. */
  alpha: number;
  /** The share of failing requests that no release may exceed, in percent. */
  hardLimitPercent: number;
  /** Null where no histogram is there to judge by. */
  latency: LatencyLimits | null;
  withoutUsers: WithoutUsers;
  pods: PodLimits;
}

const WITHOUT_USERS_UNLESS_SAID = { staging: "probes", production: "hold" } as const;

/** What a look at counters has to go by. */
export interface Seen {
  /** The newest first. */
  readings: readonly Reading[];
  /** What the change has sent itself until now: no gate takes it for users' requests. */
  own: OwnRequests;
}

export interface GateContext extends Pick<Seen, "own"> {
  target: Target;
  counters: ReadCounters;
  /** The pods of the application, of every release. */
  pods: () => Promise<readonly JudgedPod[]>;
  /** What the team itself measures. */
  ownMetrics: readonly OwnMetric[];
  limits: GateLimits;
  /** What this gate returned last time, null at first. */
  memory: Json;
  signal: AbortSignal;
  /** When the step began, in milliseconds since the epoch. */
  since: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** How a gate says its verdict: each with the counts that it rests on, and with its evidence. */
export function verdictOn(gate: string, counts: readonly string[], evidence: Verdict["evidence"]) {
  return (answer: Verdict["answer"], reason: string, more: Verdict["evidence"] = {}): Verdict => ({
    gate,
    answer,
    summary: [reason, ...counts].join("; "),
    evidence: { ...evidence, ...more },
  });
}

/** A verdict and what the gate wants to be told at the next look. */
export interface Observation {
  verdict: Verdict;
  memory: Json;
}

export interface Gate {
  name: string;
  /** `counters` for a gate that sends no request: it looks before the others do. */
  reads?: "counters";
  /** Looks once. Never rejects: what goes wrong becomes evidence. */
  observe(context: GateContext): Promise<Observation>;
  /** What of the memory goes on into the next step of the same change; without it a step begins with null. */
  forNextStep?(memory: Json): Json;
}

/** The part of alpha that the latency's test has where durations are judged; the error rate's has the rest (Bonferroni). */
const LATENCY_SHARE = 1 / 5;
/** Milliseconds that an interval of the latency gate is at least: what one stall makes slow is then mostly one event. */
const BLOCK = 5_000;
/** Where waits are shortened a step is over before anything has warmed up: there only a release that looks slower is held for so long. */
const DOUBTED = 2;

interface GateSettings {
  minimumRequests: number;
  errorRate: { alpha: number; hardLimitPercent: number };
  pods: PodLimits;
  latency: {
    warmUp: number;
    from: number;
    p50?: number | undefined;
    p95?: number | undefined;
    p99?: number | undefined;
  };
  withoutUsers?: WithoutUsers | undefined;
}

/** What a stack's measurements can tell, and how much faster than life its waits run. */
export interface Surroundings {
  stage: "staging" | "production";
  /** whether there is a histogram of durations */
  durations: boolean;
  scale: number;
}

function quantilesOf({ p50, p95, p99 }: GateSettings["latency"]): LatencyLimits["quantiles"] {
  const limits = [
    { quantile: 0.5, milliseconds: p50 },
    { quantile: 0.95, milliseconds: p95 },
    { quantile: 0.99, milliseconds: p99 },
  ];
  return limits.flatMap(({ quantile, milliseconds }) =>
    milliseconds === undefined ? [] : [{ quantile, milliseconds }],
  );
}

/**
 * The limits that a stack's settings ask for (`production-runbooks:gates`). The chance of a false abort is that of all gates together,
 * and is parted between the tests that there are.
 */
export function gateLimits(settings: GateSettings, { stage, durations, scale }: Surroundings): GateLimits {
  const { alpha, hardLimitPercent } = settings.errorRate;
  const { minimumRequests, latency, pods } = settings;
  const withoutUsers = settings.withoutUsers ?? WITHOUT_USERS_UNLESS_SAID[stage];
  const shared = { minimumRequests, hardLimitPercent, withoutUsers, pods };
  if (!durations) return { ...shared, alpha, latency: null };
  return {
    ...shared,
    alpha: alpha * (1 - LATENCY_SHARE),
    latency: {
      alpha: alpha * LATENCY_SHARE,
      // Caches and compilers warm up no faster where waits are shortened.
      warmUp: latency.warmUp,
      heldFrom: scale === 1 ? 0 : DOUBTED,
      block: BLOCK / scale,
      from: latency.from,
      quantiles: quantilesOf(latency),
    },
  };
}

/** One answer for several verdicts: a fail outweighs a hold, a hold outweighs a pass; no gates at all is a pass. */
export function combine(verdicts: readonly Pick<Verdict, "answer">[]): Answer {
  if (verdicts.some((verdict) => verdict.answer === "fail")) return "fail";
  return verdicts.some((verdict) => verdict.answer === "hold") ? "hold" : "pass";
}
