import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import type { SecretState } from "../releases.ts";
import { rotateBy } from "../secrets/rotation-age.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

export interface SecretEntryArgs {
  /** What the secret opens, for people who meet it in the console. */
  description: string;
  /** The key that encrypts it. A change re-encrypts the entry in place. */
  kmsKeyArn: pulumi.Input<string>;
  /** Its generations, and which of them is current, pending and previous. */
  state: SecretState;
  /** The value of each generation; written once, a later change of it is ignored. */
  values: Readonly<Record<string, pulumi.Output<string>>>;
  /** The age at which the current generation is to be rotated, in milliseconds. */
  maxAge: number;
  owner: Ownership;
}

/**
 * An entry of AWS Secrets Manager with one version a generation. The stage labels move between versions, so that a rotation
 * recreates nothing, and a version that leaves the state loses its labels: Secrets Manager deletes it in time. A version that somebody
 * else made is nobody's here: none of its labels is touched.
 */
export class SecretEntry extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** The values as they are stored, by generation. */
  readonly stored: Readonly<Record<string, pulumi.Output<string>>>;
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: SecretEntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("production-runbooks:index:SecretEntry", name, {}, opts);
    const entry = new Secret(
      name,
      {
        name,
        description: args.description,
        kmsKeyId: args.kmsKeyArn,
        recoveryWindowInDays: 30,
        // Moves in the rotation's own update: whoever meets the entry reads how long its value is meant to live.
        tags: { ...tagsOf(args.owner), "runbooks:rotate-by": rotateBy(args.state, args.maxAge) },
      },
      { parent: this, protect: true },
    );
    const { current, generations } = args.state;
    const versionOf = (id: string, dependsOn: SecretVersion[]) =>
      new SecretVersion(
        `${name}-${id}`,
        {
          secretId: entry.id,
          secretString: valueFor(name, id, args.values),
          versionStages: stageLabels(id, args.state),
        },
        { parent: this, ignoreChanges: ["secretString"], dependsOn },
      );
    // The new version takes AWSCURRENT before the old one is asked for its labels: else what it is noted to have is a race's.
    const first = versionOf(current, []);
    const versions = generations.map(({ id }) => ({ id, version: id === current ? first : versionOf(id, [first]) }));

    this.arn = entry.arn;
    this.stored = Object.fromEntries(versions.map(({ id, version }) => [id, storedValue(version)]));
    this.resources = [entry, ...versions.map(({ version }) => version)];
    this.registerOutputs({ arn: this.arn });
  }
}

/** The stage labels of one generation. Each version carries its own id too: one without any label may be deleted by AWS. */
export function stageLabels(id: string, state: SecretState): string[] {
  const roles = { AWSCURRENT: state.current, AWSPENDING: state.pending, AWSPREVIOUS: state.previous };
  return [id, ...Object.entries(roles).flatMap(([label, holder]) => (holder === id ? [label] : []))];
}

function valueFor(entry: string, generation: string, values: SecretEntryArgs["values"]): pulumi.Output<string> {
  const value = values[generation];
  if (value === undefined) throw new Error(`${entry}: nothing makes a value for generation ${generation}`);
  return value;
}

function storedValue(version: SecretVersion): pulumi.Output<string> {
  return pulumi.secret(version.secretString.apply((value) => value ?? ""));
}
