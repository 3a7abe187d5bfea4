import { getSecretVersion } from "@pulumi/aws/secretsmanager/getSecretVersion.js";
import { getSecretVersions } from "@pulumi/aws/secretsmanager/getSecretVersions.js";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { EntryNames } from "../domain/entry-names.ts";
import { bySecret, type ReleaseState, SECRET_NAMES, type SecretName } from "../domain/releases.ts";
import type { ListedVersion } from "../domain/stage-labels.ts";
import { relabelled, unmanagedInWords, unmanagedVersions } from "../domain/unmanaged-versions.ts";
import { badInput } from "../errors.ts";

/** Where a change hands over the values that an issuer or the operator has made: by secret and generation. */
const issuedSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** The labelled versions of each entry, as they are in the account. */
export type Listed = Readonly<Record<SecretName, readonly ListedVersion[]>>;

/** Lists the versions of the stage's entries. */
export async function listVersions(names: EntryNames): Promise<Listed> {
  const of = async (secret: SecretName) =>
    [secret, (await getSecretVersions({ secretId: names[secret] })).versions] as const;
  const versions = new Map(await Promise.all(SECRET_NAMES.map(of)));
  return bySecret((secret) => versions.get(secret) ?? []);
}

/**
 * Looks for versions of the stage's entries that somebody else has made: warns of each, and refuses the update that would
 * move its entry's labels.
 * @throws Refusal (exit 2) naming each version in the way
 */
export async function heedUnmanagedVersions(
  names: EntryNames,
  listed: Listed,
  { from, to }: { from: ReleaseState; to: ReleaseState },
): Promise<void> {
  const found = SECRET_NAMES.flatMap((secret) => unmanagedVersions(secret, listed[secret]));
  const moved = relabelled(from, to);
  const inWords = (unmanaged: (typeof found)[number]) =>
    unmanagedInWords(names[unmanaged.secret], from.secrets[unmanaged.secret], unmanaged);
  const inTheWay = found.filter(({ secret }) => moved.includes(secret));
  if (inTheWay.length > 0) throw badInput(...inTheWay.map(inWords));
  for (const unmanaged of found) await pulumi.log.warn(inWords(unmanaged));
}

/** The value of a generation that others issue: handed over by the change that brings it, afterwards read from the entry. */
export function issuedValues(names: EntryNames, config: pulumi.Config) {
  const handedOver = config.getSecret("issued");
  return (secret: SecretName, generation: string): pulumi.Output<string> => {
    const value = pulumi.output(handedOver ?? "{}").apply(async (text) => {
      const given = issuedSchema.parse(JSON.parse(text))[secret]?.[generation];
      if (given !== undefined) return given;
      const kept = await getSecretVersion({ secretId: names[secret], versionStage: generation });
      return kept.secretString;
    });
    return pulumi.secret(value);
  };
}
