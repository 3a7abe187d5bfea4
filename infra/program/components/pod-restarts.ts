import { PodPatch } from "@pulumi/kubernetes/core/v1/podPatch.js";
import * as pulumi from "@pulumi/pulumi";
import type { PodRestart } from "../../domain/releases.ts";
import { childOptions } from "./child-options.ts";
import { Component } from "./component.ts";
import { annotationsOf } from "./ownership.ts";

export interface PodRestartsArgs {
  namespace: string;
  /** The pods to be replaced; one that has left the list stays as it is. */
  restarts: readonly PodRestart[];
}

/**
 * Replaces single pods without a change of their Deployment, which would roll every one: each gets a deadline that has
 * passed, the one thing of a running pod's spec that ends it. The kubelet stops it with its grace, and its ReplicaSet puts
 * a new one in its place.
 */
export class PodRestarts extends Component {
  constructor(name: string, args: PodRestartsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("PodRestarts", name, opts);
    for (const { pod, change, onCall } of args.restarts) {
      const annotations = {
        ...annotationsOf({ change, onCall }),
        "pulumi.com/patchForce": "true",
        // A pod that ends never becomes ready.
        "pulumi.com/skipAwait": "true",
      };
      new PodPatch(
        pod,
        { metadata: { name: pod, namespace: args.namespace, annotations }, spec: { activeDeadlineSeconds: 1 } },
        // The pod is gone when its patch leaves the state: there is nothing to take back.
        pulumi.mergeOptions(childOptions(this, opts), { retainOnDelete: true }),
      );
    }
    this.registerOutputs({});
  }
}
