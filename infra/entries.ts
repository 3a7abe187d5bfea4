import { getSecretVersion } from "@pulumi/aws/secretsmanager/getSecretVersion.js";
import { getSecretVersions } from "@pulumi/aws/secretsmanager/getSecretVersions.js";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { badInput } from "./changes/refusal.ts";
import { foreignInWords, foreignVersions, relabelled } from "./foreign-versions.ts";
import { type ReleaseState, SECRET_NAMES, type SecretName } from "./releases.ts";

/** Where a change hands over the values that an issuer or the operator has made: by secret and generation. */
const issuedSchema = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Looks for versions of the stage's entries that somebody else has made: warns of each, and refuses the update that would
 * move its entry's labels.
 * @throws Refusal (exit 2) naming each version in the way
 */
export async function heedForeignVersions(stage: string, from: ReleaseState, to: ReleaseState): Promise<void> {
  const found = await Promise.all(
    SECRET_NAMES.map(async (secret) => {
      const { versions } = await getSecretVersions({ secretId: `${stage}/${secret}` });
      const known = [...from.secrets[secret].generations, ...to.secrets[secret].generations].map(({ id }) => id);
      return foreignVersions(secret, known, versions);
    }),
  );
  const moved = relabelled(from, to);
  const inWords = (foreign: (typeof found)[number][number]) =>
    foreignInWords(stage, from.secrets[foreign.secret], foreign);
  const inTheWay = found.flat().filter(({ secret }) => moved.includes(secret));
  if (inTheWay.length > 0) throw badInput(...inTheWay.map(inWords));
  for (const foreign of found.flat()) await pulumi.log.warn(inWords(foreign));
}

/** The value of a generation that others issue: handed over by the change that brings it, afterwards read from the entry. */
export function issuedValues(stage: string, config: pulumi.Config) {
  const handedOver = config.getSecret("issued");
  return (secret: SecretName, generation: string): pulumi.Output<string> => {
    const value = pulumi.output(handedOver ?? "{}").apply(async (text) => {
      const given = issuedSchema.parse(JSON.parse(text))[secret]?.[generation];
      if (given !== undefined) return given;
      const kept = await getSecretVersion({ secretId: `${stage}/${secret}`, versionStage: generation });
      return kept.secretString;
    });
    return pulumi.secret(value);
  };
}
