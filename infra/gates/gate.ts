/** A JSON value: what a verdict's evidence and a gate's memory are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

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
  healthPath: string;
  readyPath: string;
  user: string;
  password: string;
}

/** Requests and 5xx answers of one release since its counters began. */
export type ReleaseCounters = { requests: number; errors: number };

export interface Counters {
  /** When they were read, in milliseconds since the epoch. */
  at: number;
  releases: Record<string, ReleaseCounters>;
}

export interface GateLimits {
  /** Requests that the release must have served before its error rate can pass or trip the hard limit. */
  minimumRequests: number;
  /** The chance of a false abort, however often one looks: between 0 and 1. */
  alpha: number;
  /** The share of failing requests that no release may exceed, in percent. */
  hardLimitPercent: number;
}

export interface GateContext {
  target: Target;
  counters: () => Promise<Counters>;
  limits: GateLimits;
  /** What this gate returned last time, null at first. */
  memory: Json;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A verdict and what the gate wants to be told at the next look. */
export interface Observation {
  verdict: Verdict;
  memory: Json;
}

export interface Gate {
  name: string;
  /** Looks once. Never rejects: what goes wrong becomes evidence. */
  observe(context: GateContext): Promise<Observation>;
  /** What of the memory goes on into the next step of the same change; without it a step begins with null. */
  carry?(memory: Json): Json;
}

interface GateSettings {
  minimumRequests: number;
  errorRate: { alpha: number; hardLimitPercent: number };
}

/** The limits that a stack's settings ask for (`production-runbooks:gates`). */
export function gateLimits(settings: GateSettings): GateLimits {
  return {
    minimumRequests: settings.minimumRequests,
    alpha: settings.errorRate.alpha,
    hardLimitPercent: settings.errorRate.hardLimitPercent,
  };
}

/** One answer for several verdicts: a fail outweighs a hold, a hold outweighs a pass; no gates at all is a pass. */
export function combine(verdicts: readonly Pick<Verdict, "answer">[]): Answer {
  if (verdicts.some((verdict) => verdict.answer === "fail")) return "fail";
  return verdicts.some((verdict) => verdict.answer === "hold") ? "hold" : "pass";
}
