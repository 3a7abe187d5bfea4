import { setTimeout as delay } from "node:timers/promises";
import { NOT_ROUTED } from "./user-session.ts";

/** A Gateway routes up to 1.9 s later than its status says (Traefik, measured); this leaves it more, in milliseconds. */
const ROUTED_WITHIN = 15_000;
const LOOK_EVERY = 100;

/** Tries a login again for as long as the Gateway doesn't route to the workload, as after a stack's first update; how it ended. */
export async function onceRouted(logIn: () => Promise<"logged-in" | string>): Promise<"logged-in" | string> {
  const deadline = performance.now() + ROUTED_WITHIN;
  for (;;) {
    const outcome = await logIn();
    if (outcome !== NOT_ROUTED || performance.now() > deadline) return outcome;
    await delay(LOOK_EVERY);
  }
}
