/** A pod as the rollout sees it; pods on their way out aren't counted. */
export interface RolloutPod {
  name: string;
  /** Made from the Deployment's present template. */
  template: "current" | "old";
  state: "available" | "unavailable";
  createdAt: number;
}

export interface RolloutInput {
  strategy: "RollingUpdate" | "Recreate";
  desired: number;
  maxSurge: number;
  maxUnavailable: number;
  pods: readonly RolloutPod[];
  /** Old pods that still run after they were told to end; Recreate waits for them. */
  leaving: number;
}

export interface RolloutStep {
  create: number;
  remove: string[];
}

/** The next move of a rollout: how many pods of the present template to start, and which pods to end. */
export function planRollout(input: RolloutInput): RolloutStep {
  const current = input.pods.filter((pod) => pod.template === "current");
  const old = input.pods.filter((pod) => pod.template === "old");
  const surplus = removalOrder(current).slice(0, Math.max(0, current.length - input.desired));
  const missing = Math.max(0, input.desired - current.length);
  if (input.strategy === "Recreate") {
    const waiting = old.length > 0 || input.leaving > 0;
    return { create: waiting ? 0 : missing, remove: [...surplus, ...old].map((pod) => pod.name) };
  }
  const room = Math.max(0, input.desired + input.maxSurge - input.pods.length);
  return {
    create: Math.min(missing, room),
    remove: [...surplus, ...removableOld(input, current, old)].map((pod) => pod.name),
  };
}

/** Unavailable old pods go first; available ones only while enough others stay available. */
function removableOld(input: RolloutInput, current: readonly RolloutPod[], old: readonly RolloutPod[]): RolloutPod[] {
  const least = input.desired - input.maxUnavailable;
  const starting = current.filter((pod) => pod.state === "unavailable").length;
  const available = input.pods.filter((pod) => pod.state === "available").length;
  const broken = removalOrder(old.filter((pod) => pod.state === "unavailable"));
  const working = removalOrder(old.filter((pod) => pod.state === "available"));
  const brokenRoom = input.desired === 0 ? broken.length : Math.max(0, input.pods.length - least - starting);
  return [...broken.slice(0, brokenRoom), ...working.slice(0, Math.max(0, available - least))];
}

function removalOrder(pods: readonly RolloutPod[]): RolloutPod[] {
  const rank = (pod: RolloutPod): number => (pod.state === "unavailable" ? 0 : 1);
  return [...pods].sort((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt);
}

/** Numbers for maxSurge (rounded up) and maxUnavailable (rounded down); both 0 would stand still, so one pod may then be missing. */
export function rolloutBounds(
  rollingUpdate: { maxSurge?: number | string | undefined; maxUnavailable?: number | string | undefined } | undefined,
  desired: number,
): { maxSurge: number; maxUnavailable: number } {
  const maxSurge = share(rollingUpdate?.maxSurge ?? "25%", desired, Math.ceil);
  const maxUnavailable = share(rollingUpdate?.maxUnavailable ?? "25%", desired, Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseInt(value, 10) * of) / 100);
}
