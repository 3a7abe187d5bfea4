import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import type * as pulumi from "@pulumi/pulumi";

/** What the key of one stack's secrets is called. */
export const keyAlias = (stage: string): string => `alias/production-runbooks-${stage}`;

/** The key of one stack's secrets, under an alias; protected, since nobody reads the stack's secrets without it. */
export function stackKey(stage: string): pulumi.Output<string> {
  const name = `production-runbooks-${stage}`;
  const key = new Key(
    name,
    {
      description: `Pulumi's secrets of ${stage}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { "runbooks:change": "bootstrap" },
    },
    { protect: true },
  );
  return new Alias(name, { name: keyAlias(stage), targetKeyId: key.keyId }, { parent: key }).name;
}
