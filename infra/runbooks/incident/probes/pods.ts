import type { Pod } from "../../../clients/kubernetes.ts";
import { parsedJson } from "../../../domain/json.ts";
import { type Check, checksIn } from "../../../gates/readiness-checks.ts";
import { type PodFacts, type Probe, trouble, well } from "../facts.ts";
import { stateOf } from "../states.ts";

/** A pod's answer through the API server, or why there is none. */
export interface PodAnswer {
  status: number | null;
  text: string;
}

/** Asks a pod for a path. */
export type AskPod = (pod: string, path: string) => Promise<PodAnswer>;

function probeOf({ state, word, milliseconds }: Check): Probe {
  if (state === "well") return { state: "well", milliseconds, detail: "" };
  return trouble(word === "" ? "failing" : stateOf(word), word, milliseconds);
}

/** The checks of a readiness answer; null where it holds none, such as the API server's own (pure). */
export function checksOf(text: string): Record<string, Probe> | null {
  const checks = checksIn(parsedJson(text));
  if (checks === null) return null;
  return Object.fromEntries(Object.entries(checks).map(([name, read]) => [name, probeOf(read)]));
}

function healthOf({ status, text }: PodAnswer): Probe {
  if (status === 200) return well(0);
  const beginning = text.slice(0, 80).replaceAll(/\s+/g, " ");
  return status === null ? trouble("silent", beginning) : trouble("failing", `HTTP_${status}`);
}

/** What the kubelet makes of a readiness answer, which it asks for now and then only: any 2xx or 3xx says that the pod is ready. */
function readinessOf(answer: PodAnswer): Probe {
  const { status } = answer;
  return status !== null && status >= 200 && status < 400 ? well(0) : healthOf(answer);
}

/** What each pod says of itself, asked one by one and not through the gateway. */
export async function probePods(
  pods: readonly Pod[],
  paths: { health: string; ready: string },
  ask: AskPod,
): Promise<PodFacts[]> {
  return Promise.all(
    pods.map(async ({ name, release, ready, leaving }) => {
      const [health, readiness] = await Promise.all([ask(name, paths.health), ask(name, paths.ready)]);
      const said = { readiness: readinessOf(readiness), checks: checksOf(readiness.text) };
      return { name, release, ready, leaving, health: healthOf(health), ...said };
    }),
  );
}
