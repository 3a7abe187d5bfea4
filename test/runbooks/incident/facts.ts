import {
  type Facts,
  type PodFacts,
  type Probe,
  trouble,
  UNTRIED,
  well,
} from "../../../infra/runbooks/incident/facts.ts";

const OK = well(3);
const CHECKS = { database: OK, redis: OK, supabase: OK, afm: OK } as const;

export const pod = (name: string, parts: Partial<PodFacts> = {}): PodFacts => ({
  name,
  release: "r000000001",
  ready: true,
  leaving: false,
  health: OK,
  readiness: OK,
  checks: CHECKS,
  ...parts,
});

/** A pod whose checks of some dependencies fail. */
export const failingPod = (name: string, failing: Record<string, Probe>): PodFacts =>
  pod(name, {
    ready: false,
    readiness: trouble("failing", "HTTP_503"),
    checks: { ...CHECKS, ...failing },
  });

/** A stack on which everything is well. */
export function wellFacts(parts: Partial<Facts> = {}): Facts {
  return {
    gateway: OK,
    pods: [pod("app-1"), pod("app-2")],
    desired: 2,
    redis: { connection: OK, login: OK, write: OK, usedMemoryPercent: 10, role: "primary", sessions: 4 },
    postgres: { connection: OK, login: OK, write: OK },
    supabase: { reachable: OK, auth: OK, rest: OK, stackKey: "the same" },
    ...parts,
  };
}

const bothFail = (name: string, probe: Probe) => [
  failingPod("app-1", { [name]: probe }),
  failingPod("app-2", { [name]: probe }),
];

const redisWith = (parts: Partial<Facts["redis"]>): Facts["redis"] => ({ ...wellFacts().redis, ...parts });

/** What is seen of each fault, and what is right to say of it. */
export const CASES: readonly { name: string; facts: Facts; kind: string; suspect: string; cause: string }[] = [
  {
    name: "redis down",
    facts: wellFacts({
      redis: redisWith({ connection: trouble("closed", "ECONNREFUSED"), login: UNTRIED, write: UNTRIED, role: null }),
      pods: bothFail("redis", trouble("failing", "unavailable")),
    }),
    kind: "backend",
    suspect: "redis",
    cause: "down",
  },
  {
    name: "redis down, and a gateway that answers 503 for pods that Kubernetes still calls ready",
    facts: wellFacts({
      gateway: trouble("unavailable", "HTTP_503"),
      redis: redisWith({ connection: trouble("closed", "ECONNREFUSED"), login: UNTRIED, write: UNTRIED, role: null }),
      pods: bothFail("redis", trouble("failing", "unavailable")).map((one) => ({ ...one, ready: true })),
    }),
    kind: "backend",
    suspect: "redis",
    cause: "down",
  },
  {
    name: "redis refusing AUTH",
    facts: wellFacts({
      redis: redisWith({ login: trouble("unauthorized", "WRONGPASS"), write: UNTRIED }),
      pods: bothFail("redis", trouble("unauthorized", "WRONGPASS")),
    }),
    kind: "credential",
    suspect: "redis",
    cause: "revoked credentials",
  },
  {
    name: "redis full",
    facts: wellFacts({
      redis: redisWith({ write: trouble("full", "OOM") }),
      pods: bothFail("redis", trouble("full", "OOM")),
    }),
    kind: "backend",
    suspect: "redis",
    cause: "full",
  },
  {
    name: "a failover",
    facts: wellFacts({
      redis: redisWith({ write: trouble("replica", "READONLY"), role: "replica" }),
      pods: bothFail("redis", trouble("replica", "READONLY")),
    }),
    kind: "backend",
    suspect: "redis",
    cause: "failover",
  },
  {
    name: "postgres down, and Supabase's REST with it",
    facts: wellFacts({
      postgres: { connection: trouble("closed", "ECONNREFUSED"), login: UNTRIED, write: UNTRIED },
      supabase: { ...wellFacts().supabase, rest: trouble("unavailable", "HTTP_503") },
      pods: [
        failingPod("app-1", {
          database: trouble("closed", "ECONNREFUSED"),
          supabase: trouble("unavailable", "HTTP_503"),
        }),
        failingPod("app-2", { database: trouble("silent", "timeout"), supabase: trouble("unavailable", "HTTP_503") }),
      ],
    }),
    kind: "backend",
    suspect: "postgres",
    cause: "down",
  },
  {
    name: "postgres refusing connections",
    facts: wellFacts({
      postgres: { connection: well(2), login: trouble("unavailable", "53300"), write: UNTRIED },
      supabase: { ...wellFacts().supabase, rest: trouble("unavailable", "HTTP_503") },
      pods: bothFail("database", trouble("unavailable", "53300")),
    }),
    kind: "backend",
    suspect: "postgres",
    cause: "refusing",
  },
  ...(["accepted", "refused", "the same"] as const).map((stackKey) => ({
    name: `a refused Supabase key, the stack's own one being ${stackKey}`,
    facts: wellFacts({
      supabase: {
        reachable: well(2),
        auth: trouble("unauthorized", "HTTP_401"),
        rest: trouble("unauthorized", "HTTP_401"),
        stackKey,
      },
      pods: bothFail("supabase", trouble("unauthorized", "HTTP_401")),
    }),
    kind: "credential",
    suspect: "supabase",
    cause: stackKey === "accepted" ? "wrong credentials" : "revoked credentials",
  })),
  {
    name: "Supabase slow",
    facts: wellFacts({
      supabase: {
        reachable: trouble("slow", "", 3_000),
        auth: trouble("slow", "", 3_000),
        rest: trouble("slow", "", 3_000),
        stackKey: "the same",
      },
      pods: bothFail("supabase", trouble("silent", "timeout")),
    }),
    kind: "backend",
    suspect: "supabase",
    cause: "slow",
  },
  {
    name: "one bad pod",
    facts: wellFacts({ pods: [pod("app-1"), failingPod("app-2", { database: trouble("closed", "ECONNREFUSED") })] }),
    kind: "application",
    suspect: "pods",
    cause: "some pods fail",
  },
  {
    name: "one pod whose readiness gives no answer, before the kubelet notices",
    facts: wellFacts({ pods: [pod("app-1"), pod("app-2", { readiness: trouble("silent", ""), checks: null })] }),
    kind: "application",
    suspect: "pods",
    cause: "some pods fail",
  },
  {
    name: "pods that say that they aren't ready, and not why",
    facts: wellFacts({
      pods: ["app-1", "app-2"].map((name) => pod(name, { readiness: trouble("failing", "HTTP_503"), checks: null })),
    }),
    kind: "application",
    suspect: "pods",
    cause: "all pods fail",
  },
  {
    name: "the gateway cut",
    facts: wellFacts({ gateway: trouble("closed", "UND_ERR_SOCKET") }),
    kind: "network",
    suspect: "gateway",
    cause: "down",
  },
  {
    name: "the way from the pods to a backend cut",
    facts: wellFacts({ pods: bothFail("database", trouble("unreachable", "ETIMEDOUT")) }),
    kind: "network",
    suspect: "postgres",
    cause: "cut off from the pods",
  },
  {
    name: "a third party down",
    facts: wellFacts({ pods: bothFail("afm", trouble("closed", "ECONNREFUSED")) }),
    kind: "backend",
    suspect: "third party",
    cause: "down",
  },
  {
    name: "no pod at all",
    facts: wellFacts({ pods: [] }),
    kind: "application",
    suspect: "pods",
    cause: "no pods",
  },
];
