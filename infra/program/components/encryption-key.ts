import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { KeyPolicy } from "@pulumi/aws/kms/keyPolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "./component.ts";
import { keyPolicy } from "./key-policy.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

export interface EncryptionKeyArgs {
  /** What the key encrypts, for people who meet it in the console: "Secrets, sessions and records of app-staging". Changed in place. */
  description: string;
  /** Days in which the key can be brought back once it was deleted, 7 to 30: 30 unless `retention` is `short`. Changed in place. */
  deletionWindow: number;
  owner: Ownership;
}

/** The stack's own KMS key, rotated yearly, under the alias `alias/<name>`. Protected: what it encrypts can't outlive it. */
export class EncryptionKey extends Component {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("EncryptionKey", name, opts);
    const key = new Key(
      name,
      {
        description: args.description,
        enableKeyRotation: true,
        deletionWindowInDays: args.deletionWindow,
        tags: tagsOf(args.owner),
      },
      { parent: this, protect: true },
    );
    new KeyPolicy(
      name,
      { keyId: key.id, policy: key.arn.apply((arn) => JSON.stringify(keyPolicy(arn))) },
      { parent: this },
    );
    new Alias(name, { name: `alias/${name}`, targetKeyId: key.keyId }, { parent: this });

    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
