import type * as pulumi from "@pulumi/pulumi";

/** A child waits for what its component waits for, and the state says so: the engine deletes in the reverse order. */
export function childOptions(
  parent: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  return opts?.dependsOn === undefined ? { parent } : { parent, dependsOn: opts.dependsOn };
}
