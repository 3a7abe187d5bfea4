import { z } from "zod";
import type { Pod } from "../../adapters/kubernetes.ts";
import { type PodFacts, type Probe, trouble, well } from "../facts.ts";
import { stateOf } from "../states.ts";

/** A pod's answer through the API server, or why there is none. */
export interface PodAnswer {
  status: number | null;
  text: string;
}

/** Asks a pod for a path. */
export type AskPod = (pod: string, path: string) => Promise<PodAnswer>;

const check = z.union([
  z.string(),
  z.boolean(),
  z.looseObject({ status: z.string(), reason: z.string().optional(), milliseconds: z.number().optional() }),
]);
const readinessSchema = z.object({ checks: z.record(z.string(), check) });
const WELL = new Set(["pass", "ok", "up", "ready", "healthy"]);

function probeOf(given: z.infer<typeof check>): Probe {
  if (typeof given === "boolean") return given ? well(0) : trouble("failing", "");
  if (typeof given === "string") return WELL.has(given) ? well(0) : trouble(stateOf(given), given);
  const taken = given.milliseconds ?? null;
  if (WELL.has(given.status)) return { state: "well", milliseconds: taken, detail: "" };
  const word = given.reason ?? given.status;
  return trouble(stateOf(word), word, taken);
}

/** The checks of a readiness answer; null where it holds none, such as the API server's own (pure). */
export function checksOf(text: string): Record<string, Probe> | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = readinessSchema.safeParse(body);
  if (!parsed.success) return null;
  return Object.fromEntries(Object.entries(parsed.data.checks).map(([name, given]) => [name, probeOf(given)]));
}

function healthOf({ status, text }: PodAnswer): Probe {
  if (status === 200) return well(0);
  const beginning = text.slice(0, 80).replaceAll(/\s+/g, " ");
  return status === null ? trouble("silent", beginning) : trouble("failing", `HTTP_${status}`);
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
      return { name, release, ready, leaving, health: healthOf(health), checks: checksOf(readiness.text) };
    }),
  );
}
