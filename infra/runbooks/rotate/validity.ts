import type { Plan, Rotation } from "../../change/plan.ts";
import { generationsOf, isLive } from "../../domain/generations.ts";
import type { ReleaseState } from "../../domain/releases.ts";

function said(state: ReleaseState, { secret }: Rotation): string {
  const kept = state.secrets[secret];
  const good = kept.generations.flatMap(({ id }) => (isLive(kept, id) ? [id] : []));
  const used = state.releases.flatMap(({ weight, secrets }) => {
    const pin = generationsOf(secrets[secret]).join(" then ");
    return weight === 0 ? [] : [`${pin} by ${weight} %`];
  });
  return `good: ${good.join(", ")}; used: ${used.join(", ")}; AWSCURRENT: ${kept.current}`;
}

/** What is good and what is used after each step that changes it, one line each (pure). */
export function validityOf({ base, steps, rotation }: Plan): string[] {
  if (rotation === undefined) return [];
  let state = base;
  let before = said(state, rotation);
  const lines = [`before: ${before}`];
  for (const [index, { touches, move }] of steps.entries()) {
    if (touches === "nothing") continue;
    state = move(state);
    const now = said(state, rotation);
    if (now !== before) lines.push(`after ${index + 1}: ${now}`);
    before = now;
  }
  return lines;
}
