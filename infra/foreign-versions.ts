import { type ReleaseState, SECRET_NAMES, type SecretName, type SecretState } from "./releases.ts";

/** A version of an entry as Secrets Manager lists it. */
export interface ListedVersion {
  versionId: string;
  versionStages: readonly string[];
}

/** A version that carries a label of a rotation and that no generation of the stack is. */
export interface ForeignVersion {
  secret: SecretName;
  version: string;
  labels: readonly string[];
}

const LABELS: ReadonlySet<string> = new Set(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]);

/** What is common to every sentence about a version that isn't ours, by which the runner knows it. */
export const NOT_OURS = "was made by somebody else";

/**
 * The versions that somebody else has made and labelled (pure): each of ours carries its generation's id as a label, which
 * is on one version only.
 */
export function foreignVersions(
  secret: SecretName,
  generations: readonly string[],
  versions: readonly ListedVersion[],
): ForeignVersion[] {
  return versions.flatMap(({ versionId, versionStages }) => {
    const labels = versionStages.filter((label) => LABELS.has(label));
    if (labels.length === 0 || versionStages.some((label) => generations.includes(label))) return [];
    return [{ secret, version: versionId, labels }];
  });
}

/** A foreign version in a sentence with its remedy (pure). */
export function foreignInWords(stage: string, { current }: SecretState, found: ForeignVersion): string {
  const { secret, version, labels } = found;
  const entry = `${stage}/${secret}`;
  return `${entry}: version ${version} (${labels.join(", ")}) ${NOT_OURS}: nothing of it is touched, and the releases go on with ${current}; give ${labels.join(" and ")} back to ${current} with \`aws secretsmanager update-secret-version-stage --secret-id ${entry}\`, then \`runbook rotate ${secret}\``;
}

/** The secrets whose generations or labels differ between two states (pure). */
export function relabelled(from: ReleaseState, to: ReleaseState): SecretName[] {
  const shown = ({ current, pending, previous, generations }: SecretState) =>
    JSON.stringify([current, pending, previous, generations.map(({ id }) => id)]);
  return SECRET_NAMES.filter((name) => shown(from.secrets[name]) !== shown(to.secrets[name]));
}
