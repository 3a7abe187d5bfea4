import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { Component } from "./component.ts";

/** What the values of the release header are made with: the stack's own secret, which stands in its state alone, encrypted. */
export class ReleaseKey extends Component {
  readonly value: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("ReleaseKey", name, opts);
    const minted = new RandomPassword(`${name}-release-key`, { length: 64, special: false }, { parent: this });
    this.value = pulumi.secret(minted.result);
    this.registerOutputs({});
  }
}
