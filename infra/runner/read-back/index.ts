import { setTimeout as delay } from "node:timers/promises";
import type { Kubernetes } from "../../clients/kubernetes.ts";
import { leastPods } from "../../domain/capacity.ts";
import { NAME_LABEL } from "../../domain/object-names.ts";
import { headerFor, headersIn, type ReleaseHeaders } from "../../domain/release-header.ts";
import type { ReleaseState } from "../../domain/releases.ts";
import { Refusal } from "../../errors.ts";
import type { Target, Verdict } from "../../gates/index.ts";
import type { Settings } from "../../settings/index.ts";
import {
  judgeReadBack,
  namedProblems,
  podProblems,
  routeProblems,
  toBeNamed,
  type Wanted,
  weightsIn,
} from "./judge.ts";
import { takeSample } from "./sample.ts";
import { answers, type Sample, sampleSize, shareProblems } from "./shares.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY = 250;

export interface ReadBackOptions {
  kubernetes: Pick<Kubernetes, "httpRoute" | "pods">;
  settings: { application: Pick<Settings["application"], "name">; cluster: Pick<Settings["cluster"], "namespace"> };
  /** What was asked for. */
  state: Pick<ReleaseState, "releases" | "floors">;
  target: Target;
  /** Releases without weight whose pods have to be ready as well: one that is about to get some. */
  warm?: readonly string[];
  /** Milliseconds after which the last look counts. */
  timeout: number;
  signal: AbortSignal;
}

function wantedOf({ state, warm = [] }: ReadBackOptions): Wanted[] {
  return state.releases.map(({ id, weight, scale, manifest }) => ({
    id,
    weight,
    scale: { ...scale, min: leastPods(state, { id, scale }) },
    image: manifest.image,
    pods: weight > 0 || warm.includes(id) ? "ready" : "any",
  }));
}

/** So many requests name each release: several instances of a Gateway don't all route anew at the same moment. */
const NAMED = 5;

/** Who answers requests that name a release, for each of them. */
async function askByName({ target, signal }: ReadBackOptions, headers: ReleaseHeaders, wanted: readonly Wanted[]) {
  const asked = wanted.map(async ({ id }) => {
    const header = headerFor(headers, id);
    const sample = await takeSample({ target, header, size: NAMED, signal, tells: () => false });
    return [id, sample] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

/**
 * One look: requests are sent only where the cheap reads agree, and those that the weights share out only where every release answers
 * to its name. Where users' answers name nobody, they carry the key of the rule that shares out as users' does and names who answered.
 */
async function look(options: ReadBackOptions, wanted: readonly Wanted[]): Promise<Verdict> {
  const { kubernetes, settings, target, signal } = options;
  const { namespace } = settings.cluster;
  const { name } = settings.application;
  const [route, pods] = await Promise.all([
    kubernetes.httpRoute(namespace, name),
    kubernetes.pods(namespace, { [NAME_LABEL]: name }),
  ]);
  const agrees = routeProblems(name, wanted, route).length + podProblems(wanted, pods).length === 0;
  const headers = headersIn(route?.rules ?? []);
  const named = agrees ? await askByName(options, headers, toBeNamed(wanted, route)) : null;
  const size = sampleSize(wanted.map(({ weight }) => weight));
  const weights = weightsIn(wanted);
  const tells = (sample: Sample) => answers(sample) > 0 && shareProblems(weights, sample).length > 0;
  const settled = named !== null && namedProblems(wanted, named).length === 0;
  const sample = settled ? await takeSample({ target, header: headers.byWeight, size, signal, tells }) : null;
  return judgeReadBack(name, wanted, { route, pods, named, sample });
}

async function lookOrHold(options: ReadBackOptions, wanted: readonly Wanted[]): Promise<Verdict> {
  try {
    return await look(options, wanted);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { gate: "read-back", answer: "hold", summary: error.message, evidence: {} };
  }
}

/**
 * Reads the actuator back until it shows what was asked for or the time is up: the Gateway has taken up the route's
 * generation with the wanted weights, the pods run the pinned image and are ready, requests that name a release are answered by it,
 * and those that name none in the shares that the weights ask for. A Gateway says that it has taken a route up before it routes by it
 * (Traefik 3.7.13: by up to 1.9 s, measured), so what doesn't fit is looked at again.
 * @returns pass; fail where something else stands there; hold where the cluster can't be read
 * @throws the signal's reason where it fires
 */
export async function readBack(options: ReadBackOptions): Promise<Verdict> {
  const { timeout, signal } = options;
  const wanted = wantedOf(options);
  const deadline = performance.now() + timeout;
  for (;;) {
    signal.throwIfAborted();
    const verdict = await lookOrHold(options, wanted);
    if (verdict.answer === "pass" || performance.now() + LOOK_EVERY > deadline) return verdict;
    await delay(LOOK_EVERY, undefined, { signal });
  }
}
