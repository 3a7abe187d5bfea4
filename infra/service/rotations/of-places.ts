import type { ReleaseState } from "../../domain/releases.ts";
import { statesOfStage } from "../../runner/opening/states-of-stage.ts";
import type { Session } from "../../runner/session.ts";
import type { Log } from "../log.ts";
import type { Place } from "../place.ts";
import type { ProductionStack } from "./facts.ts";
import type { Rotating } from "./loop.ts";
import type { Wake } from "./wake.ts";

/** How old another stack's state may be, in milliseconds: the engine is asked for it. */
const STATE_AGE = 60 * 60_000;

/** What opening rotations stands on, for each stack of a service. */
export function rotatingOf(
  places: readonly Place[],
  { cwd, wake, log }: { cwd: string; wake: Wake; log: Log },
): (place: Place) => Rotating {
  const states = new Map<string, { at: number; state: ReleaseState | null }>();
  const stateOf = async ({ stack, clock }: Session): Promise<ReleaseState | null> => {
    const [known, now] = [states.get(stack.name), clock.now()];
    if (known !== undefined && Math.abs(now - known.at) < STATE_AGE) return known.state;
    const state = await stack.state();
    states.set(stack.name, { at: now, state });
    return state;
  };
  const production = async (): Promise<ProductionStack[]> => {
    const sessions = places.flatMap(({ session }) =>
      session?.settings.stage === "production" && session.settings.rotation.auto.length > 0 ? [session] : [],
    );
    return Promise.all(
      sessions.map(async (session) => ({
        name: session.stack.name,
        state: await stateOf(session),
        rotation: session.settings.rotation,
      })),
    );
  };
  return ({ stack, open }) => ({
    stack,
    open,
    others: { staging: () => statesOfStage(cwd, "staging"), production },
    sessionOf: async (name) => (await places.find((one) => one.stack === name)?.open()) ?? null,
    wake,
    log,
  });
}
