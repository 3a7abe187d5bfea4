import { withCode } from "./engine-codes.ts";
import { type ReleaseState, SECRET_NAMES, type SecretName, type SecretState } from "./releases.ts";
import { type ListedVersion, unmanagedAmong } from "./stage-labels.ts";

/** A version that carries a label which a rotation moves, and that no update of this project has made. */
export interface UnmanagedVersion {
  secret: SecretName;
  version: string;
  labels: readonly string[];
}

/** The versions of an entry that somebody else has made and labelled (pure). */
export function unmanagedVersions(secret: SecretName, versions: readonly ListedVersion[]): UnmanagedVersion[] {
  return unmanagedAmong(versions).map(({ versionId, versionStages }) => ({
    secret,
    version: versionId,
    labels: versionStages,
  }));
}

/** An unmanaged version in a sentence with its remedy (pure). @param entry the entry's name in Secrets Manager */
export function unmanagedInWords(entry: string, { current }: SecretState, found: UnmanagedVersion): string {
  const { secret, version, labels } = found;
  const message = `${entry}: version ${version} (${labels.join(", ")}) was made outside this program: it isn't touched, and the releases keep using ${current}; move ${labels.join(" and ")} back to ${current} with \`aws secretsmanager update-secret-version-stage --secret-id ${entry}\`, then \`runbook rotate ${secret}\``;
  return withCode(message, { code: "unmanaged-version", of: secret });
}

/** The secrets whose generations or labels differ between two states (pure). */
export function relabelled(from: ReleaseState, to: ReleaseState): SecretName[] {
  const shown = ({ current, pending, generations }: SecretState) =>
    JSON.stringify([current, pending, generations.map(({ id }) => id)]);
  return SECRET_NAMES.filter((name) => shown(from.secrets[name]) !== shown(to.secrets[name]));
}
