import { at, type Field, isMissing, isUnknown, shown, textAt } from "./reading/inputs.ts";
import { type KubernetesObject, objectsOf } from "./reading/kubernetes.ts";
import { resourcePolicy } from "./reading/policies.ts";

// AWS types of this program that take no tags.
const UNTAGGABLE = new Set([
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  "aws:ec2/securityGroupRule:SecurityGroupRule",
  "aws:elasticache/userGroupAssociation:UserGroupAssociation",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:kms/alias:Alias",
  "aws:kms/grant:Grant",
  "aws:kms/keyPolicy:KeyPolicy",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:secretsmanager/secretPolicy:SecretPolicy",
  "aws:secretsmanager/secretRotation:SecretRotation",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
]);

/** Whoever finds a resource at 3 a.m. can see which change made it and whom to call. */
export const ownership = resourcePolicy({
  name: "ownership",
  description: "Every resource that can carry them names the change that made it and the on-call owner.",
  severity: "medium",
  remediationSteps:
    "Annotate Kubernetes objects with runbooks.dev/change and runbooks.dev/on-call; tag AWS resources with runbooks:change and runbooks:on-call.",
  concerns: (type, props) => objectsOf(type, props).length > 0 || (type.startsWith("aws:") && !UNTAGGABLE.has(type)),
  problems: ({ type, props }) =>
    type.startsWith("aws:")
      ? [
          ...untagged(at(props, "tags", "runbooks:change"), "the change that makes it"),
          ...untagged(at(props, "tags", "runbooks:on-call"), "the on-call owner"),
        ]
      : objectsOf(type, props).flatMap((object) => [
          ...unnamed(object, "runbooks.dev/change", "the change that makes it"),
          ...unnamed(object, "runbooks.dev/on-call", "the on-call owner"),
        ]),
});

// What a patch leaves out is its object's own.
function unnamed({ props, patch }: KubernetesObject, annotation: string, meaning: string): string[] {
  const field = at(props, "metadata", "annotations", annotation);
  return patch && isMissing(field) ? [] : nameless(field, meaning);
}

/** What a tag of AWS may hold (CloudWatch Logs' TagValue; KMS, ElastiCache and the others take no more). */
const IN_A_TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]$/u;

function untagged(field: Field, meaning: string): string[] {
  const others = new Set([...(textAt(field) ?? "")].filter((character) => !IN_A_TAG.test(character)));
  if (others.size === 0) return nameless(field, meaning);
  return [
    `${shown(field)}: AWS takes no ${[...others].join(" ")} in a tag: write letters, digits, spaces and _ . : / = + - @ alone`,
  ];
}

function nameless(field: Field, meaning: string): string[] {
  if (isUnknown(field) || (textAt(field) ?? "").trim() !== "") return [];
  return [`${shown(field)}: set it to ${meaning}`];
}
