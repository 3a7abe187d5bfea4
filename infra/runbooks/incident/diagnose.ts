import { type Facts, type PodFacts, type Probe, type State, worst } from "./facts.ts";
import { type Cause, type Found, type IncidentVerdict, type Kind, verdictOf } from "./verdict.ts";

type Dependency = "redis" | "postgres" | "supabase";

/** The name under which the workload's readiness has each dependency. */
export const CHECK_NAMES: Readonly<Record<Dependency, readonly string[]>> = {
  redis: ["redis"],
  postgres: ["database", "postgres"],
  supabase: ["supabase"],
};

type Blame = { kind: Kind; cause: Cause };

const BLAME: Readonly<Record<Exclude<State, "well" | "untried">, Blame>> = {
  slow: { kind: "backend", cause: "slow" },
  closed: { kind: "backend", cause: "down" },
  unreachable: { kind: "network", cause: "unreachable" },
  silent: { kind: "backend", cause: "silent" },
  unauthorized: { kind: "credential", cause: "revoked credentials" },
  unavailable: { kind: "backend", cause: "refusing" },
  full: { kind: "backend", cause: "full" },
  replica: { kind: "backend", cause: "failover" },
  failing: { kind: "backend", cause: "failing" },
};

/** States that may come from where the question was asked, and not from the dependency. */
const OF_THE_WAY: ReadonlySet<State> = new Set(["closed", "unreachable", "silent"]);

const inWords = (what: string, { state, detail, milliseconds }: Probe): string => {
  const more = [detail, milliseconds === null ? "" : `${Math.round(milliseconds)} ms`].filter((text) => text !== "");
  return `${what}: ${state}${more.length === 0 ? "" : ` (${more.join(", ")})`}`;
};

/** The runner's own questions about a dependency, in the order in which they build on each other. */
function ownProbes(facts: Facts, dependency: Dependency): [string, Probe][] {
  const { redis, postgres, supabase } = facts;
  const probes: Readonly<Record<Dependency, Record<string, Probe>>> = {
    redis: {
      "Redis over TLS": redis.connection,
      "Redis AUTH": redis.login,
      "Redis session write and read": redis.write,
    },
    postgres: { Postgres: postgres.connection, "Postgres login": postgres.login, "Postgres write": postgres.write },
    supabase: { Supabase: supabase.reachable, "Supabase auth": supabase.auth, "Supabase REST": supabase.rest },
  };
  return Object.entries(probes[dependency]);
}

/** Pods that take part: one that is leaving answers for nothing. */
const present = ({ pods }: Facts): PodFacts[] => pods.filter(({ leaving }) => !leaving);

/** A pod's own check of a dependency; null where it says nothing of it. */
function checkOf(pod: PodFacts, dependency: Dependency): Probe | null {
  for (const name of CHECK_NAMES[dependency]) {
    const check = pod.checks?.[name];
    if (check !== undefined) return check;
  }
  return null;
}

interface Seen {
  failing: { pod: PodFacts; check: Probe }[];
  passing: number;
}

function seenByPods(facts: Facts, dependency: Dependency): Seen {
  const checks = present(facts).flatMap((pod) => {
    const check = checkOf(pod, dependency);
    return check === null ? [] : [{ pod, check }];
  });
  const failing = checks.filter(({ check }) => check.state !== "well");
  return { failing, passing: checks.length - failing.length };
}

function blameOf(state: State, facts: Facts, dependency: Dependency): Blame {
  if (state === "well" || state === "untried") return { kind: "none", cause: "failing" };
  const blame = BLAME[state];
  if (state !== "unauthorized" || dependency !== "supabase") return blame;
  return facts.supabase.stackKey === "accepted" ? { ...blame, cause: "wrong credentials" } : blame;
}

function moreEvidence({ redis, supabase }: Facts, dependency: Dependency): string[] {
  if (dependency === "redis") {
    return [
      ...(redis.usedMemoryPercent === null ? [] : [`Redis memory: ${redis.usedMemoryPercent} % of its limit`]),
      ...(redis.role === "replica" ? ["Redis role: replica, so it takes no writes"] : []),
      ...(redis.sessions === null ? [] : [`Redis sessions: ${redis.sessions}`]),
    ];
  }
  if (dependency === "supabase" && supabase.stackKey !== "the same" && supabase.stackKey !== "unknown") {
    return [
      `the pods carry another key than the stack's settings, and Supabase says to that one: ${supabase.stackKey}`,
    ];
  }
  return [];
}

/** Whether Supabase's REST only says what Postgres behind it says. */
function followsPostgres(facts: Facts): boolean {
  const postgres = judgeDependency(facts, "postgres");
  const { reachable, auth } = facts.supabase;
  return postgres !== null && postgres.kind !== "application" && worst([reachable, auth]) === null;
}

/** What is wrong with one dependency, seen from here and from the pods. */
function judgeDependency(facts: Facts, dependency: Dependency): Found | null {
  const probes = ownProbes(facts, dependency);
  const { failing, passing } = seenByPods(facts, dependency);
  const asked = worst(probes.map(([, probe]) => probe));
  // What is slow from here and quick for the pods is slow on the way here.
  const own = asked?.state === "slow" && passing > 0 ? null : asked;
  const told = probes.filter(([, { state }]) => state !== "untried").map(([what, probe]) => inWords(what, probe));
  const byPods = failing.map(({ pod, check }) => inWords(`${pod.name} on ${dependency}`, check));
  const evidence = [...told, ...moreEvidence(facts, dependency), ...byPods];
  const found = ({ kind, cause }: Blame): Found => ({ kind, suspect: dependency, cause, evidence });
  if (own !== null && !OF_THE_WAY.has(own.state)) return found(blameOf(own.state, facts, dependency));
  if (own !== null) {
    // A runner outside of the private network can't reach what the pods reach: they know better.
    if (failing.length === 0 && passing > 0) return null;
    const closer = failing
      .map(({ check }) => check.state)
      .find((state) => !OF_THE_WAY.has(state) && state !== "failing");
    return found(blameOf(closer ?? own.state, facts, dependency));
  }
  if (failing.length === 0) return null;
  if (passing > 0) return { kind: "application", suspect: "pods", cause: "some pods fail", evidence };
  const refused = failing.every(({ check }) => check.state === "unauthorized");
  return found(
    refused ? { kind: "credential", cause: "wrong credentials" } : { kind: "network", cause: "cut off from the pods" },
  );
}

const KNOWN_CHECKS = new Set(Object.values(CHECK_NAMES).flat());

/** A check that every pod fails of something that isn't probed from here, such as AFM. */
function judgeThirdParty(facts: Facts): Found | null {
  const pods = present(facts).filter(({ checks }) => checks !== null);
  const names = new Set(
    pods.flatMap(({ checks }) => Object.keys(checks ?? {}).filter((name) => !KNOWN_CHECKS.has(name))),
  );
  for (const name of names) {
    const checks = pods.map((pod) => ({ pod, check: pod.checks?.[name] }));
    const failing = checks.flatMap(({ pod, check }) =>
      check === undefined || check.state === "well" ? [] : [{ pod, check }],
    );
    const [first] = failing;
    if (first === undefined || failing.length < pods.length) continue;
    const evidence = failing.map(({ pod, check }) => inWords(`${pod.name} on ${name}`, check));
    return { ...blameOf(first.check.state, facts, "redis"), suspect: "third party", evidence };
  }
  return null;
}

function judgeGateway(facts: Facts): Found | null {
  const { state } = facts.gateway;
  const ready = present(facts).filter((pod) => pod.ready);
  if (state === "well" || state === "untried" || ready.length === 0) return null;
  return {
    kind: "network",
    suspect: "gateway",
    cause: state === "unreachable" || state === "slow" || state === "silent" ? state : "down",
    evidence: [inWords("the gateway", facts.gateway), `ready pods behind it: ${ready.length}`],
  };
}

/**
 * Whether the gateway itself answers, if only that it can't reach a pod. Beside a dependency that is down this says nothing of the gateway: pods that fail
 * with the dependency are withdrawn from it, and it learns of that up to 2 s later than Kubernetes says so (Traefik, measured).
 */
function gatewayAnswers({ gateway: { state } }: Facts): boolean {
  return state === "failing" || state === "unavailable";
}

/** Whether a pod is no use to anybody (pure). */
export function isFailing(pod: PodFacts): boolean {
  if (pod.leaving) return false;
  const said = [pod.health, ...Object.values(pod.checks ?? {})];
  return !pod.ready || worst([pod.readiness]) !== null || said.some(({ state }) => state !== "well");
}

function judgePods(facts: Facts, overdue: number): Found | null {
  const pods = present(facts);
  const failing = pods.filter(isFailing);
  if (pods.length > 0 && failing.length + overdue === 0) return null;
  const lacking = overdue === 0 ? [] : [`pods that are missing: ${overdue} of ${facts.desired ?? "?"}`];
  const ill = failing.map((pod) => {
    const checks = Object.entries(pod.checks ?? {}).filter(([, { state }]) => state !== "well");
    // Its checks say better why it isn't ready.
    const readiness =
      checks.length === 0 && worst([pod.readiness]) !== null ? [["readiness", pod.readiness] as const] : [];
    const said = [...readiness, ...checks].map(([name, check]) => inWords(name, check)).join(", ");
    return `${pod.name}: ${inWords("health", pod.health)}, ${pod.ready ? "ready" : "not ready"}${said === "" ? "" : `, ${said}`}`;
  });
  const evidence = [...lacking, ...ill];
  const cause = pods.length === 0 ? "no pods" : failing.length < pods.length ? "some pods fail" : "all pods fail";
  return { kind: "application", suspect: "pods", cause, evidence };
}

/**
 * From what was observed to one cause (pure). A dependency is judged before what hangs on it: Postgres before Supabase's
 * REST, all of them before the gateway, and the pods last, since they fail with whatever they need.
 * @param overdue pods that are missing for longer than one may take to start
 */
export function diagnose(facts: Facts, overdue = 0): IncidentVerdict {
  const postgres = judgeDependency(facts, "postgres");
  const redis = judgeDependency(facts, "redis");
  const supabase = followsPostgres(facts) ? null : judgeDependency(facts, "supabase");
  const founds = [postgres, redis, supabase, judgeThirdParty(facts)].filter((found) => found !== null);
  const outages = founds.filter(({ kind }) => kind !== "application");
  const gateway = judgeGateway(facts);
  const others = gateway === null || (outages.length > 0 && gatewayAnswers(facts)) ? outages : [...outages, gateway];
  if (others.length > 0) return verdictOf(others);
  const pods = judgePods(facts, overdue);
  if (pods === null) return verdictOf([]);
  const checks = founds.flatMap(({ evidence }) => evidence);
  return verdictOf([{ ...pods, evidence: [...new Set([...pods.evidence, ...checks])] }]);
}

/** Whether every backend takes real writes, as far as anybody can see: what a restart has to wait for (pure). */
export function backendsAreWell(facts: Facts): boolean {
  const dependencies = ["postgres", "redis", "supabase"] as const;
  return dependencies.every((dependency) => {
    const own = worst(ownProbes(facts, dependency).map(([, probe]) => probe));
    if (own === null) return true;
    if (own.state === "slow") return seenByPods(facts, dependency).passing > 0;
    const { failing, passing } = seenByPods(facts, dependency);
    return OF_THE_WAY.has(own.state) && failing.length === 0 && passing > 0;
  });
}
