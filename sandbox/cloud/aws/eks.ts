import { randomBytes } from "node:crypto";
import { z } from "zod";
import { arn } from "../accounts.ts";
import { arnOf, tags, text } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";

/** Which service account gets which role (EKS API reference, CreatePodIdentityAssociation), kept as a note. */
export function eksTypes(): AnyAwsType[] {
  return [
    defineType({
      type: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      inputs: z.strictObject({
        clusterName: text.min(1),
        namespace: text.min(1),
        roleArn: arnOf("iam"),
        serviceAccount: text.min(1),
        tags: tags.optional(),
      }),
      // terraform-provider-aws, internal/service/eks/pod_identity_association.go: all but the role, RequiresReplace.
      replaces: ["clusterName", "namespace", "serviceAccount"],
      unique: {
        key: ({ clusterName, namespace, serviceAccount }) => `${clusterName}/${namespace}/${serviceAccount}`,
        taken: (key) => `ResourceInUseException: Association already exists: ${key}`,
      },
      id: () => `a-${randomBytes(9).toString("hex").slice(0, 17)}`,
      outputs: ({ clusterName }, id) => ({
        associationId: id,
        associationArn: arn("eks", `podidentityassociation/${clusterName}/${id}`),
      }),
    }),
  ];
}
