import type { IncidentVerdict } from "../../infra/runbooks/incident/verdict.ts";

/** A fault, how it is mended, and the one verdict that is right. */
export interface FaultCase {
  name: string;
  broken: readonly string[];
  mended: readonly string[];
  verdict: Pick<IncidentVerdict, "kind" | "suspect" | "cause">;
  /** Whether the fault is in a backend that is down, so that it goes on until it is mended; one bad pod is replaced at once. */
  lasts: "until mended" | "until replaced";
}

type Right = readonly [FaultCase["verdict"]["kind"], FaultCase["verdict"]["suspect"], FaultCase["verdict"]["cause"]];

function lasting(name: string, broken: string, mended: string, [kind, suspect, cause]: Right): FaultCase {
  return {
    name,
    broken: broken.split(" "),
    mended: mended.split(" "),
    verdict: { kind, suspect, cause },
    lasts: "until mended",
  };
}

/** Every fault that the diagnosis has to tell apart. */
export const FAULT_CASES: readonly FaultCase[] = [
  lasting("redis down", "redis down", "redis up", ["backend", "redis", "down"]),
  lasting("redis refusing AUTH", "redis-auth refused", "redis-auth accepted", [
    "credential",
    "redis",
    "revoked credentials",
  ]),
  lasting("redis full", "redis-memory full", "redis-memory free", ["backend", "redis", "full"]),
  lasting("failover", "redis-failover begun", "redis-failover ended", ["backend", "redis", "failover"]),
  lasting("postgres down", "postgres down", "postgres up", ["backend", "postgres", "down"]),
  lasting("postgres refusing connections", "postgres-connections refused", "postgres-connections accepted", [
    "backend",
    "postgres",
    "refusing",
  ]),
  lasting("wrong Supabase key", "supabase-key wrong", "supabase-key right", [
    "credential",
    "supabase",
    "wrong credentials",
  ]),
  lasting("revoked key", "key-revoked SUPABASE_KEY", "key-accepted SUPABASE_KEY", [
    "credential",
    "supabase",
    "revoked credentials",
  ]),
  lasting("Supabase slow", "supabase-latency 3000", "supabase-latency 0", ["backend", "supabase", "slow"]),
  {
    ...lasting("one bad pod", "pod bad", "pod good", ["application", "pods", "some pods fail"]),
    lasts: "until replaced",
  },
  lasting("the gateway cut", "gateway down", "gateway up", ["network", "gateway", "down"]),
];
