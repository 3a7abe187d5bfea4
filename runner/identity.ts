import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { filled, type Names } from "../bootstrap/roles.ts";

/** What the service's role may do: what the commands may for which it runs changes. */
export const DOCUMENTS = ["runner-deploy.json", "runner-rotate.json", "runner-incident.json"] as const;
/** What it may do besides where a stack's metrics are CloudWatch's. */
export const OF_CLOUDWATCH = "metrics-cloudwatch.json";

const policySchema = z.object({
  Version: z.string(),
  Statement: z.array(z.looseObject({ Action: z.array(z.string()) })),
});

/**
 * One of the documents for the service in a stage, without what it never calls: the cluster's address, which its pods have, and a
 * topic where the stack announces to none (pure).
 */
export function servedPolicy(document: string, names: Names): string {
  const uncalled = ["eks:DescribeCluster", ...(names["notify-topic"] === "" ? ["sns:Publish"] : [])];
  const { Version, Statement } = policySchema.parse(JSON.parse(filled(document, names)));
  const kept = Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((action) => !uncalled.includes(action)),
  }));
  return JSON.stringify({ Version, Statement: kept.filter(({ Action }) => Action.length > 0) });
}

/** EKS Pod Identity's trust (EKS user guide, "Pod Identity role"). */
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    },
  ],
});

export interface IdentityOf {
  name: string;
  cluster: string;
  namespace: string;
  serviceAccount: string;
  /** a stage's names, in angle brackets in docs/iam, and whether its metrics are CloudWatch's */
  stages: readonly { names: Names; cloudWatch: boolean }[];
  read: (document: string) => string;
  tags: Record<string, string>;
}

/** The role of the service's pods, which their service account gets by EKS Pod Identity. */
export function podIdentity(
  { name, cluster, namespace, serviceAccount, stages, read, tags }: IdentityOf,
  dependsOn: pulumi.Resource[],
): void {
  const role = new Role(name, { name, assumeRolePolicy: TRUST, tags });
  for (const { names, cloudWatch } of stages) {
    for (const document of [...DOCUMENTS, ...(cloudWatch ? [OF_CLOUDWATCH] : [])]) {
      const policyName = `${name}-${names.stage ?? ""}-${document.replace(".json", "")}`;
      const policy = new Policy(
        policyName,
        { name: policyName, policy: servedPolicy(read(document), names), tags },
        { parent: role },
      );
      new RolePolicyAttachment(policyName, { role: role.name, policyArn: policy.arn }, { parent: role });
    }
  }
  new PodIdentityAssociation(
    name,
    { clusterName: cluster, namespace, serviceAccount, roleArn: role.arn, tags },
    { dependsOn },
  );
}
