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
function moved(labels: Labels, label: string, version: string): Labels {
  const before = labels[label];
  if (label !== CURRENT || before === undefined || before === version) return { ...labels, [label]: version };
  return { ...labels, [CURRENT]: version, [PREVIOUS]: before };
}

/**
 * PutSecretValue: a new version gets its labels, whichever version had them, and of a secret's first version AWS makes AWSCURRENT too
 * (API reference of PutSecretValue, `VersionStages`).
 */
export function putVersion(labels: Labels, version: string, stages: readonly string[]): Labels {
  const wanted = stages.length === 0 || labels[CURRENT] === undefined ? [...new Set([CURRENT, ...stages])] : stages;
  return wanted.reduce((current, label) => moved(current, label, version), labels);
}

/** What a call of UpdateSecretVersionStage asks for. */
export interface StageUpdate {
  stage: string;
  /** MoveToVersionId */
  to?: string;
  /** RemoveFromVersionId */
  from?: string;
}

function refused(reason: string): Error {
  return new Error(`InvalidParameterException: ${reason}`);
}

/**
 * UpdateSecretVersionStage (API reference, `MoveToVersionId` and `RemoveFromVersionId`): whoever moves a label names the version that
 * has it, and AWSCURRENT is moved and never removed. Adding a label to the version that has it already isn't documented: refused here.
 * @throws Error InvalidParameterException
 */
export function updateStage(labels: Labels, { stage, to, from }: StageUpdate): Labels {
  const holder = labels[stage];
  if (from !== undefined && holder !== from) {
    throw refused(`RemoveFromVersionId: the staging label ${stage} isn't attached to version ${from}`);
  }
  if (to === undefined) {
    if (from === undefined) throw refused("You must specify MoveToVersionId or RemoveFromVersionId");
    if (stage === CURRENT) {
      throw refused(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed",
      );
    }
    return Object.fromEntries(Object.entries(labels).filter(([label]) => label !== stage));
  }
  if (holder === to) throw refused(`the staging label ${stage} is attached to version ${to} already`);
  if (holder !== undefined && from === undefined) {
    throw refused(
      `The staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId`,
    );
  }
  return moved(labels, stage, to);
}

/** The labels of a version in the provider's state, and those that the program asks for. */
export interface Stages {
  before: readonly string[];
  after: readonly string[];
}

/**
 * The calls that the provider makes for a version whose stages change (terraform-provider-aws, secretsmanager/secret_version.go,
 * resourceSecretVersionUpdate): only a move of AWSCURRENT names the version that has it; AWSCURRENT is never removed, nor is
 * AWSPREVIOUS from the version that gets AWSCURRENT.
 * @throws Error what UpdateSecretVersionStage refuses
 */
export function changeStages(labels: Labels, version: string, { before, after }: Stages): Labels {
  const added = after.filter((label) => !before.includes(label));
  const withAdded = added.reduce((current, stage) => {
    const holder = stage === CURRENT ? current[CURRENT] : undefined;
    return updateStage(current, { stage, to: version, ...(holder === undefined ? {} : { from: holder }) });
  }, labels);
  const removed = before.filter((label) => !after.includes(label) && label !== CURRENT);
  const toRemove = added.includes(CURRENT) ? removed.filter((label) => label !== PREVIOUS) : removed;
  return toRemove.reduce((current, stage) => updateStage(current, { stage, from: version }), withAdded);
}

/**
 * The calls that the provider makes for a version that goes (resourceSecretVersionDelete): it takes off the labels of its state, but for
 * AWSCURRENT, and waits until no label is left, or AWSCURRENT or AWSPREVIOUS alone.
 * @throws Error what UpdateSecretVersionStage refuses, and where other labels are left
 */
export function deleteStages(labels: Labels, version: string, inState: readonly string[]): Labels {
  const after = inState
    .filter((label) => label !== CURRENT)
    .reduce((current, stage) => updateStage(current, { stage, from: version }), labels);
  const [only, ...others] = labelsOf(after, version);
  if (others.length === 0 && (only === undefined || only === CURRENT || only === PREVIOUS)) return after;
  throw new Error(
    `waiting for Secrets Manager Secret Version delete: timeout, its labels are ${labelsOf(after, version).join(", ")}`,
  );
}
