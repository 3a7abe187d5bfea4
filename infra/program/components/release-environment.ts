import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type * as pulumi from "@pulumi/pulumi";
import type { SecretVariable } from "./pod.ts";

export interface ReleaseEnvironmentArgs {
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  literals: Record<string, string>;
  secrets: Readonly<Record<SecretVariable, pulumi.Input<string>>>;
}

/** The immutable ConfigMap and Secret of one release, both under its name, so that a rollback finds the old ones. */
export function releaseEnvironment(name: string, args: ReleaseEnvironmentArgs, opts: pulumi.CustomResourceOptions) {
  const metadata = { name, namespace: args.namespace, labels: args.labels, annotations: args.annotations };
  return {
    literals: new ConfigMap(name, { metadata, immutable: true, data: args.literals }, opts),
    // A release keeps what it was made with: a changed DATABASE_URL reaches the next one. The provider makes `data` of `stringData`
    // before anything is compared, so both are ignored: ignoring one alone replaces the Secret on every update.
    secrets: new Secret(
      name,
      { metadata, immutable: true, type: "Opaque", stringData: args.secrets },
      { ...opts, ignoreChanges: ["stringData", "data"] },
    ),
  };
}
