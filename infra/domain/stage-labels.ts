import type { SecretState } from "./releases.ts";

/** A version of an entry as Secrets Manager lists it. */
export interface ListedVersion {
  versionId: string;
  versionStages: readonly string[];
}

/** A generation's own label. */
const GENERATION = /^g[1-9]\d*$/;
const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** The labels that a rotation moves. AWSPREVIOUS is moved by Secrets Manager itself, and managed by nobody here. */
const MOVED: ReadonlySet<string> = new Set([CURRENT, "AWSPENDING"]);

/** Whether a version is one of ours, of whichever update: each carries its generation's id as a label (pure). */
function isOurs({ versionStages }: ListedVersion): boolean {
  return versionStages.some((label) => GENERATION.test(label));
}

/** The versions that somebody else has made, with those of their labels which a rotation moves; one without any is in no way (pure). */
export function unmanagedAmong(versions: readonly ListedVersion[]): ListedVersion[] {
  return versions
    .filter((version) => !isOurs(version))
    .map(({ versionId, versionStages }) => ({
      versionId,
      versionStages: versionStages.filter((one) => MOVED.has(one)),
    }))
    .filter(({ versionStages }) => versionStages.length > 0);
}

/**
 * The stage labels that the program asks for on one generation (pure). Each version carries its own id too: one without any label may
 * be deleted by AWS.
 */
export function stageLabels(id: string, state: SecretState): string[] {
  const roles = { AWSCURRENT: state.current, AWSPENDING: state.pending };
  return [id, ...Object.entries(roles).flatMap(([label, holder]) => (holder === id ? [label] : []))];
}

/** How one generation's labels are brought about. */
export interface Labelling {
  id: string;
  labels: readonly string[];
  /** `as they are`: the labels in the account count as those asked for, whatever the state says of AWSPREVIOUS */
  labelling: "asked for" | "as they are";
  /** its turn within the update: before the version that gets AWSCURRENT, that version itself, or after it */
  turn: "before" | "current" | "after";
}

const sameSet = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((label) => others.includes(label));

/**
 * How every generation's labels are brought about (pure).
 *
 * A move of AWSCURRENT takes AWSPREVIOUS off whichever version has it, and whoever asks to remove it afterwards is refused; a version's
 * deletion removes every label that the state has of it. So a version gives AWSPREVIOUS up right before AWSCURRENT moves, while it has
 * it, and is left alone otherwise.
 * @param listed the entry's versions now; null where there is no entry yet
 */
export function labellingOf(state: SecretState, listed: readonly ListedVersion[] | null): Labelling[] {
  const versions = listed ?? [];
  const stagesOf = (id: string) => versions.find(({ versionStages }) => versionStages.includes(id))?.versionStages;
  const moves = stagesOf(state.current)?.includes(CURRENT) !== true;
  const unmanaged = unmanagedAmong(versions).length > 0;
  return state.generations.map(({ id }) => {
    const labels = stageLabels(id, state);
    const stages = stagesOf(id);
    const turn = id === state.current ? "current" : moves && stages?.includes(PREVIOUS) ? "before" : "after";
    const others = stages?.filter((label) => label !== PREVIOUS);
    const settled = others !== undefined && sameSet(others, labels) && turn !== "before";
    return {
      id,
      labels,
      labelling: settled || (unmanaged && stages !== undefined) ? "as they are" : "asked for",
      turn,
    };
  });
}
