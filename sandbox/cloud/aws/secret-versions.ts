import { z } from "zod";
import { REGION } from "../accounts.ts";
import type { Props } from "../wire.ts";
import { type Labels, labelsOf } from "./staging-labels.ts";

/** A version as the entry keeps it: `ARN|VERSION` and its value. */
export interface StoredVersion {
  id: string;
  value: string;
  createdAt: string;
}

/** An entry with everything that is in it, whoever put it there. */
export interface StoredSecret {
  id: string;
  name: string;
  labels: Labels;
  versions: readonly StoredVersion[];
}

const versionsArgs = z.strictObject({
  secretId: z.string(),
  includeDeprecated: z.boolean().optional(),
  region: z.string().optional(),
});
const versionArgs = z.strictObject({
  secretId: z.string(),
  versionId: z.string().optional(),
  versionStage: z.string().optional(),
  region: z.string().optional(),
});

const versionIdOf = ({ id }: StoredVersion): string => id.split("|")[1] ?? "";

function notFound(what: string): Error {
  return new Error(`ResourceNotFoundException: Secrets Manager can't find the specified secret value for ${what}`);
}

/** The data sources that read versions: all that carry a label, or one with its value. */
export function secretVersionReads({
  find,
}: {
  /** @throws Error where there is no such secret */
  find(reference: string): StoredSecret;
}): Record<string, (args: Props) => Props> {
  return {
    "aws:secretsmanager/getSecretVersions:getSecretVersions": (args) => {
      const { secretId, includeDeprecated = false } = versionsArgs.parse(args);
      const { id, name, labels, versions } = find(secretId);
      const listed = versions
        .map((version) => ({ version, versionStages: labelsOf(labels, version.id) }))
        .filter(({ versionStages }) => includeDeprecated || versionStages.length > 0)
        .map(({ version, versionStages }) => ({
          createdTime: version.createdAt,
          lastAccessedDate: "",
          versionId: versionIdOf(version),
          versionStages,
        }));
      return {
        id,
        arn: id,
        secretArn: id,
        name,
        secretName: name,
        secretId,
        includeDeprecated,
        region: REGION,
        versions: listed,
      };
    },
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (args) => {
      const { secretId, versionId, versionStage = "AWSCURRENT" } = versionArgs.parse(args);
      const { id, labels, versions } = find(secretId);
      const found = versions.find((version) =>
        versionId === undefined ? labels[versionStage] === version.id : versionIdOf(version) === versionId,
      );
      if (found === undefined)
        throw notFound(versionId === undefined ? `staging label: ${versionStage}` : `VersionId: ${versionId}`);
      return {
        id: `${id}|${versionStage}`,
        arn: id,
        createdDate: found.createdAt,
        secretId,
        secretString: found.value,
        secretBinary: "",
        versionId: versionIdOf(found),
        versionStage,
        versionStages: labelsOf(labels, found.id),
        region: REGION,
      };
    },
  };
}
