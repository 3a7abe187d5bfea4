import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";

/** What the values of the release header are made with: the stack's own secret, which stands in its state alone, encrypted. */
export class ReleaseKey extends pulumi.ComponentResource {
  readonly value: pulumi.Output<string>;
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("production-runbooks:index:ReleaseKey", name, {}, opts);
    const minted = new RandomPassword(`${name}-release-key`, { length: 64, special: false }, { parent: this });
    this.value = pulumi.secret(minted.result);
    this.resources = [minted];
    this.registerOutputs({});
  }
}
