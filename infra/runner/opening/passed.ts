import type { Manifest } from "../../domain/manifest.ts";
import { manifestHash, stableRelease } from "../../domain/releases.ts";
import { badInput } from "../../errors.ts";
import { openStack } from "../../stack/stack.ts";

/**
 * The manifest of the release that has passed on a stack: all traffic, the soak over, no change under way.
 * @throws Refusal (exit 2) where there is none
 */
export async function releaseThatPassed(stack: string): Promise<Manifest> {
  const state = await openStack({ cwd: process.cwd(), name: stack }).state();
  if (state === null) throw badInput(`--from: stack ${stack} has had no update yet: deploy the release there first`);
  const release = stableRelease(state);
  if (state.change !== null) {
    throw badInput(
      `--from: ${state.change.id} (${state.change.runbook}) is still under way on ${stack}: let it end, then promote what has passed`,
    );
  }
  if (release.passed === null) {
    throw badInput(
      `--from: ${release.manifest.version} hasn't passed on ${stack}: run \`runbook deploy --stack ${stack}\` with it and let the soak end`,
    );
  }
  return release.manifest;
}

/** @throws Refusal (exit 2) unless this very release has passed on the stack */
export async function mustHavePassed(stack: string, manifest: Manifest): Promise<void> {
  const passed = await releaseThatPassed(stack);
  if (manifestHash(passed) === manifestHash(manifest)) return;
  throw badInput(
    `--release: ${manifest.version} (${manifest.image}) hasn't passed on ${stack}, which has ${passed.version} (${passed.image}): run \`runbook deploy --stack ${stack}\` with it first`,
  );
}
