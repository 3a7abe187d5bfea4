import {
  type Release,
  type ReleaseState,
  type SecretName,
  type SecretPins,
  type SecretState,
  stableRelease,
} from "./releases.ts";

/** The generations that a pin names: one, or for SESSION_SECRET a ring whose first signs (pure). */
export function generationsOf(pin: string): string[] {
  return pin.split(",");
}

/** The pin of a ring (pure). */
export function ringOf(...generations: readonly string[]): string {
  return generations.join(",");
}

/** The id of the generation that would be made next: one more than the highest there is (pure). */
export function nextGeneration({ generations }: Pick<SecretState, "generations">): string {
  const numbers = generations.map(({ id }) => Number(id.slice(1)));
  return `g${Math.max(...numbers) + 1}`;
}

/** Whether a generation is there and good (pure). */
export function isLive({ generations, revoked }: Pick<SecretState, "generations" | "revoked">, id: string): boolean {
  return revoked[id] === undefined && generations.some((one) => one.id === id);
}

/**
 * The generation that a ring's rotation has left verifying behind the one that signs, where it was called off or failed after that (pure);
 * null where no rotation has. The next rotation ends it.
 */
export function leftVerifying(state: ReleaseState, name: SecretName): string | null {
  const { current, previous } = state.secrets[name];
  if (previous === null || !isLive(state.secrets[name], previous)) return null;
  return stableRelease(state).secrets[name] === ringOf(current, previous) ? previous : null;
}

function having(state: ReleaseState, name: SecretName, secret: SecretState): ReleaseState {
  return { ...state, secrets: { ...state.secrets, [name]: secret } };
}

/** Adds a generation as the pending one: it is there, and no release uses it yet (pure). */
export function withPending(
  state: ReleaseState,
  name: SecretName,
  generation: SecretState["generations"][number],
): ReleaseState {
  const secret = state.secrets[name];
  if (secret.generations.some(({ id }) => id === generation.id)) return state;
  return having(state, name, {
    ...secret,
    generations: [...secret.generations, generation],
    pending: generation.id,
  });
}

/** Moves the labels on: what was pending is current, what was current is the previous one (pure). */
export function withCurrent(state: ReleaseState, name: SecretName, id: string): ReleaseState {
  const secret = state.secrets[name];
  if (secret.current === id) return state;
  return having(state, name, { ...secret, current: id, pending: null, previous: secret.current });
}

/** Notes that a generation is revoked: no release that needs it can come back (pure). */
export function withRevoked(state: ReleaseState, name: SecretName, id: string, change: string): ReleaseState {
  const secret = state.secrets[name];
  return having(state, name, { ...secret, revoked: { ...secret.revoked, [id]: change } });
}

/** Drops what was revoked before the previous generation: nothing leads back to it (pure). */
export function withoutRevoked(state: ReleaseState, name: SecretName): ReleaseState {
  const secret = state.secrets[name];
  const kept = new Set([secret.current, secret.pending, secret.previous, ...pinned(state, name)]);
  const generations = secret.generations.filter(({ id }) => isLive(secret, id) || kept.has(id));
  return having(state, name, { ...secret, generations });
}

/** The generations of a secret that the stack's releases pin (pure). */
export function pinned(state: Pick<ReleaseState, "releases">, name: SecretName): string[] {
  return [...new Set(state.releases.flatMap(({ secrets }) => generationsOf(secrets[name])))];
}

/** A release's pins with those of one secret changed (pure). */
export function repinned({ secrets }: Pick<Release, "secrets">, name: SecretName, pin: string): SecretPins {
  return { ...secrets, [name]: pin };
}
