import type { HttpRoute, Pod, RouteRule } from "../../clients/kubernetes.ts";
import type { Json } from "../../domain/json.ts";
import { digestOf } from "../../domain/manifest.ts";
import { bundleName } from "../../domain/release-id.ts";
import type { Release } from "../../domain/releases.ts";
import type { Verdict } from "../../gates/index.ts";
import { type Sample, shareProblems } from "./shares.ts";

/** The conditions that a Gateway sets on a route which it serves as written. */
const WANTED_CONDITIONS = ["Accepted", "ResolvedRefs"] as const;

/** What of a release the actuator has to show. */
export type Wanted = Pick<Release, "id" | "weight" | "scale"> & {
  image: string;
  /** Whether its pods have to be ready: those that serve, and those that are about to. */
  pods: "ready" | "any";
};

/** What was found. */
export interface Observed {
  route: HttpRoute | null;
  pods: readonly Pod[];
  /** By release: who answers requests that name it. Null where they weren't sent, because the rest is not as asked. */
  named: Readonly<Record<string, Sample>> | null;
  /** Null where it wasn't taken, because the rest is not as asked. */
  sample: Sample | null;
}

/**
 * What is wrong with the answers to requests that name a release: the Gateway doesn't route by the new rules yet (pure). Its status
 * is ahead of what it does, so this says nothing against a release. One without ready pods needn't answer.
 */
export function namedProblems(wanted: readonly Wanted[], named: Readonly<Record<string, Sample>>): string[] {
  return wanted.flatMap(({ id, pods }) => {
    const { releases = {}, unlabelled = 0, failed = 0 } = named[id] ?? {};
    const others = Object.keys(releases).filter((release) => release !== id);
    const elsewhere = others.map((other) => `requests that name ${id} are still answered by ${other}`);
    const silent = unlabelled + failed;
    if (pods === "any" || silent === 0) return elsewhere;
    return [...elsewhere, `${silent} requests that name ${id} got no answer that says who gave it`];
  });
}

/** What is wrong with the route: its Gateway doesn't serve what was written, or other weights were (pure). */
export function routeProblems(application: string, wanted: readonly Wanted[], route: HttpRoute | null): string[] {
  if (route === null) return ["the HTTPRoute doesn't exist"];
  return [...parentProblems(route), ...weightProblems(application, wanted, route)];
}

function parentProblems({ generation, parents }: HttpRoute): string[] {
  if (parents.length === 0) return ["no Gateway has accepted the route yet"];
  return parents.flatMap(({ gateway, conditions }) =>
    WANTED_CONDITIONS.flatMap((type) => {
      const condition = conditions.find((candidate) => candidate.type === type);
      if (condition === undefined) return [`Gateway ${gateway} doesn't say ${type} of the route`];
      if (condition.status !== "True") {
        return [`Gateway ${gateway} says ${type} ${condition.status}: ${condition.reason} ${condition.message}`.trim()];
      }
      if (condition.observedGeneration === generation) return [];
      return [`Gateway ${gateway} has seen generation ${condition.observedGeneration} of the route, not ${generation}`];
    }),
  );
}

/** Every rule that shares out has to do so as asked: users', and the one whose answers say who gave them. */
function weightProblems(application: string, wanted: readonly Wanted[], { rules }: HttpRoute): string[] {
  if (!rules.some(({ header }) => header === null)) return ["the route has no rule for plain requests"];
  const sharing = rules.filter(({ release }) => release === null);
  return [...new Set(sharing.flatMap((rule) => ruleProblems(application, wanted, rule)))];
}

function ruleProblems(application: string, wanted: readonly Wanted[], { backends }: RouteRule): string[] {
  const routed = new Map(backends.map(({ service, weight }) => [service, weight]));
  const asked = new Map(wanted.map(({ id, weight }) => [bundleName(application, id), weight]));
  const missing = [...asked].flatMap(([service, weight]) => {
    const found = routed.get(service);
    if (found === weight || (found === undefined && weight === 0)) return [];
    return [`the route gives ${service} ${found ?? 0} %, not ${weight} %`];
  });
  const extra = [...routed].flatMap(([service, weight]) =>
    asked.has(service) || weight === 0
      ? []
      : [`the route gives ${service} ${weight} %, which is not a release of the stack`],
  );
  return [...missing, ...extra];
}

/** What is wrong with the pods: too few are ready, or one runs another image than the release's (pure). */
export function podProblems(wanted: readonly Wanted[], pods: readonly Pod[]): string[] {
  return wanted.flatMap(({ id, image, scale, pods: asked }) => {
    if (asked === "any") return [];
    const own = pods.filter(({ release, leaving }) => release === id && !leaving);
    const others = own.filter((pod) => digestOf(pod.image) !== digestOf(image));
    const ready = own.filter((pod) => pod.ready).length;
    const problems = others.map((pod) => `pod ${pod.name} runs ${pod.image}, not the image of ${id}`);
    if (ready >= scale.min) return problems;
    const reasons = [...new Set(own.flatMap((pod) => pod.reasons))];
    const why = reasons.length === 0 ? "" : ` (${reasons.slice(0, 3).join("; ")})`;
    return [...problems, `${ready} of at least ${scale.min} pods of ${id} are ready${why}`];
  });
}

function evidenceOf(wanted: readonly Wanted[], { route, pods, named, sample }: Observed): Record<string, Json> {
  const releases = wanted.map(({ id, weight }) => {
    const own = pods.filter(({ release }) => release === id);
    return { release: id, weight, pods: own.length, ready: own.filter(({ ready }) => ready).length };
  });
  return {
    generation: route?.generation ?? null,
    releases,
    named: named === null ? null : Object.keys(named),
    sample: sample === null ? null : { ...sample, releases: { ...sample.releases } },
  };
}

/** Whom requests have to reach by name: every release that the route names, and those that serve or are about to (pure). */
export function toBeNamed(wanted: readonly Wanted[], route: HttpRoute | null): Wanted[] {
  const known = new Set(route?.rules.map(({ release }) => release));
  return wanted.filter(({ id, pods }) => pods === "ready" || known.has(id));
}

/** The wanted weights in percent, by release (pure). */
export function weightsIn(wanted: readonly Wanted[]): Record<string, number> {
  return Object.fromEntries(wanted.map(({ id, weight }) => [id, weight]));
}

/** Judges what was read back against what was asked for (pure): pass where nothing contradicts it, else fail. */
export function judgeReadBack(application: string, wanted: readonly Wanted[], observed: Observed): Verdict {
  const weights = weightsIn(wanted);
  const ofRoute = routeProblems(application, wanted, observed.route);
  const problems = [
    ...ofRoute,
    ...podProblems(wanted, observed.pods),
    ...(observed.named === null ? [] : namedProblems(wanted, observed.named)),
    ...(observed.sample === null ? [] : shareProblems(weights, observed.sample)),
  ];
  if (problems.length === 0 && observed.sample === null) problems.push("no requests were sampled");
  const route = ofRoute.length === 0 ? "as asked" : "other";
  const evidence = { ...evidenceOf(wanted, observed), route, problems };
  if (problems.length > 0) return { gate: "read-back", answer: "fail", summary: problems.join("; "), evidence };
  const shares = wanted.map(({ id, weight }) => `${id} ${weight} %`).join(", ");
  return {
    gate: "read-back",
    answer: "pass",
    summary: `the route, the pods and the answers agree: ${shares}`,
    evidence,
  };
}
