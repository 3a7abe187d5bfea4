import type { ReleaseState } from "../../domain/releases.ts";
import { openStack } from "../../stack/stack.ts";
import { stacksOfStage } from "../../stack/stacks-of-stage.ts";

/** A stack and its release state; null where it has had no update yet. */
export interface NamedState {
  name: string;
  state: ReleaseState | null;
}

/** The stacks of a checkout that are of a stage, as they stand. @throws Refusal where one can't be read */
export async function statesOfStage(cwd: string, stage: "staging" | "production"): Promise<NamedState[]> {
  const names = await stacksOfStage(cwd, stage);
  return Promise.all(names.map(async (name) => ({ name, state: await openStack({ cwd, name }).state() })));
}
