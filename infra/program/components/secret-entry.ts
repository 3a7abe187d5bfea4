import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import type { SecretState } from "../../domain/releases.ts";
import { rotateBy } from "../../domain/rotation-age.ts";
import { type Labelling, type ListedVersion, labellingOf } from "../../domain/stage-labels.ts";
import { Component } from "./component.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

export interface SecretEntryArgs {
  /** What it is called in Secrets Manager. A change replaces it, which its protection refuses. */
  entryName: string;
  /** What the secret opens, for people who meet it in the console. */
  description: string;
  /** The key that encrypts it. A change re-encrypts the entry in place. */
  kmsKeyArn: pulumi.Input<string>;
  /** Its generations, and which of them is current, pending and previous. */
  state: SecretState;
  /** Its versions as they are in the account now; null where there is no entry yet. */
  listed: readonly ListedVersion[] | null;
  /** The value of each generation; written once, a later change of it is ignored. */
  values: Readonly<Record<string, pulumi.Output<string>>>;
  /** Days in which the entry can be brought back once it was deleted, and its name is taken; 0: it goes at once. */
  recoveryWindow: number;
  /** The age at which the current generation is to be rotated, in milliseconds. */
  maxAge: number;
  owner: Ownership;
}

/**
 * An entry of AWS Secrets Manager with one version a generation. The stage labels move between versions, so that a rotation
 * recreates nothing, and a version that leaves the state loses its labels: Secrets Manager deletes it in time. AWSPREVIOUS is Secrets
 * Manager's own: where nothing else differs, labels are left as they are. A version that somebody else made is nobody's here: none of
 * its labels is touched.
 */
export class SecretEntry extends Component {
  readonly arn: pulumi.Output<string>;
  /** The values as they are stored, by generation. */
  readonly stored: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SecretEntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SecretEntry", name, opts);
    const entry = new Secret(
      name,
      {
        name: args.entryName,
        description: args.description,
        kmsKeyId: args.kmsKeyArn,
        recoveryWindowInDays: args.recoveryWindow,
        // Moves in the rotation's own update: whoever meets the entry reads how long its value is meant to live.
        tags: { ...tagsOf(args.owner), "runbooks:rotate-by": rotateBy(args.state, args.maxAge) },
      },
      { parent: this, protect: true },
    );
    const versionOf = ({ id, labels, labelling }: Labelling, dependsOn: SecretVersion[]) =>
      new SecretVersion(
        `${name}-${id}`,
        { secretId: entry.id, secretString: valueFor(name, id, args.values), versionStages: [...labels] },
        {
          parent: this,
          ignoreChanges: labelling === "as they are" ? ["secretString", "versionStages"] : ["secretString"],
          dependsOn,
        },
      );
    const labelled = labellingOf(args.state, args.listed);
    const made = new Map<string, SecretVersion>();
    // Each turn waits for the one before: what a version is noted to have is a race's otherwise.
    for (const turn of ["before", "current", "after"] as const) {
      const earlier = [...made.values()];
      for (const one of labelled.filter((other) => other.turn === turn)) made.set(one.id, versionOf(one, earlier));
    }

    this.arn = entry.arn;
    this.stored = Object.fromEntries(
      [...made].map(([id, { secretString }]) => [id, pulumi.secret(secretString.apply((value) => value ?? ""))]),
    );
    this.registerOutputs({ arn: this.arn });
  }
}

function valueFor(entry: string, generation: string, values: SecretEntryArgs["values"]): pulumi.Output<string> {
  const value = values[generation];
  if (value === undefined) throw new Error(`${entry}: nothing makes a value for generation ${generation}`);
  return value;
}
