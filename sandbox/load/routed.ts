import { setTimeout as delay } from "node:timers/promises";

/** A Gateway routes up to 1.9 s later than its status says (Traefik, measured); this leaves it more, in milliseconds. */
const ROUTED_WITHIN = 15_000;
const LOOK_EVERY = 100;

/** Waits until a Gateway routes to the workload, as after a stack's first update. @throws Error where it doesn't in time */
export async function untilRouted(baseUrl: string): Promise<void> {
  const deadline = performance.now() + ROUTED_WITHIN;
  for (;;) {
    const answer = await fetch(new URL("/api/health", baseUrl));
    await answer.body?.cancel();
    if (answer.ok) return;
    if (performance.now() > deadline)
      throw new Error(`${baseUrl} doesn't route: /api/health answered ${answer.status}`);
    await delay(LOOK_EVERY);
  }
}
