/** A secret's staging labels: which version each one is on. */
export type Labels = Readonly<Record<string, string>>;

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** The labels of one version, in a fixed order. */
export function labelsOf(labels: Labels, version: string): string[] {
  return Object.keys(labels)
    .filter((label) => labels[label] === version)
    .sort();
}

/** Moves one label to a version; with AWSCURRENT goes AWSPREVIOUS, to the version that had been current. */
export function moveLabel(labels: Labels, label: string, version: string): Labels {
  const before = labels[label];
  if (label !== CURRENT || before === undefined || before === version) return { ...labels, [label]: version };
  return { ...labels, [CURRENT]: version, [PREVIOUS]: before };
}

/** What putting a new version does: it gets its labels, and of a secret's first version AWS makes AWSCURRENT too. */
export function putVersion(labels: Labels, version: string, stages: readonly string[]): Labels {
  const wanted = stages.length === 0 || labels[CURRENT] === undefined ? [...new Set([CURRENT, ...stages])] : stages;
  return wanted.reduce((moved, label) => moveLabel(moved, label, version), labels);
}

/**
 * What the provider does when a version's stages change: it moves the new ones here and takes the old ones away,
 * but for AWSCURRENT, which can only be moved to another version.
 */
export function changeStages(
  labels: Labels,
  version: string,
  stages: { before: readonly string[]; after: readonly string[] },
): Labels {
  const added = stages.after.filter((label) => !stages.before.includes(label));
  const moved = added.reduce((current, label) => moveLabel(current, label, version), labels);
  const removed = stages.before.filter((label) => !stages.after.includes(label));
  return dropLabels(moved, version, removed);
}

/** Takes labels off a version; AWSCURRENT stays. */
export function dropLabels(labels: Labels, version: string, dropped: readonly string[]): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([label, holder]) => !(holder === version && label !== CURRENT && dropped.includes(label)),
    ),
  );
}
