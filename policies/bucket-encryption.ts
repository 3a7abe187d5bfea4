import { at, isMissing, isUnknown } from "./reading/inputs.ts";
import { type StackResource, stackPolicy } from "./reading/policies.ts";
import { BUCKET, BUCKET_ENCRYPTION } from "./reading/types.ts";

/** A bucket without a configuration of its own is encrypted with Amazon's key, which everyone in the account may use. */
export const bucketEncryption = stackPolicy({
  name: "bucket-encryption",
  description: "Every bucket has a server-side encryption configuration.",
  severity: "high",
  remediationSteps:
    "Add an aws.s3.BucketServerSideEncryptionConfiguration for the bucket, with aws:kms and the stack's key.",
  findings: (resources) => {
    const configurations = resources.filter(({ type }) => type === BUCKET_ENCRYPTION);
    return resources
      .filter(({ type }) => type === BUCKET)
      .filter((bucket) => !configurations.some((configuration) => isFor(configuration, bucket)))
      .map(({ urn, name }) => ({
        urn,
        problem: `bucket ${name} has no BucketServerSideEncryptionConfiguration: add one with aws:kms and the stack's KMS key`,
      }));
  },
});

// The name of a bucket that is yet to be made is unknown; what the configuration depends on tells which one it is.
function isFor({ props, propertyDependencies }: StackResource, bucket: StackResource): boolean {
  const named = at(props, "bucket");
  const origins = propertyDependencies.bucket ?? [];
  if (origins.length > 0) return origins.includes(bucket.urn);
  return isUnknown(named) || (!isMissing(named) && named.value === at(bucket.props, "bucket").value);
}
