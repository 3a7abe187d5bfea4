import { z } from "zod";
import { REGION } from "../accounts.ts";
import type { Props } from "../wire.ts";
import { count, flag, inputsOf, jsonText, tags, text, texts } from "./inputs.ts";
import { lifecycleRule } from "./lifecycle-rule.ts";
import { type AnyAwsType, defineType } from "./resource.ts";

const bucketName = text.regex(
  /^(?!xn--|sthree-)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "is 3 to 63 small letters, digits, '.' and '-', and begins and ends with a letter or digit",
);

const encryptionRule = z.strictObject({
  applyServerSideEncryptionByDefault: z
    .strictObject({ sseAlgorithm: z.enum(["aws:kms", "AES256", "aws:kms:dsse"]), kmsMasterKeyId: text.optional() })
    .refine(({ sseAlgorithm, kmsMasterKeyId }) => sseAlgorithm !== "AES256" || kmsMasterKeyId === undefined, {
      error: "takes a kmsMasterKeyId with aws:kms alone",
    })
    .optional(),
  blockedEncryptionTypes: texts.optional(),
  bucketKeyEnabled: flag.optional(),
});

const retention = z
  .strictObject({
    mode: z.enum(["COMPLIANCE", "GOVERNANCE"]),
    days: count.min(1).optional(),
    years: count.min(1).optional(),
  })
  .refine(({ days, years }) => (days === undefined) !== (years === undefined), {
    error: "has days or years, exactly one of them",
  });

/** A type that sets one aspect of a bucket. */
interface Aspect {
  type: string;
  inputs: z.ZodType<{ bucket: string }>;
  defaults?: Props;
  /** What the bucket itself must be for this. */
  refuses?(bucket: Props): string | undefined;
}

const ASPECTS: readonly Aspect[] = [
  {
    type: "bucketVersioning:BucketVersioning",
    inputs: inputsOf(
      {
        bucket: text,
        versioningConfiguration: z.strictObject({
          status: z.enum(["Enabled", "Suspended", "Disabled"]),
          mfaDelete: z.enum(["Enabled", "Disabled"]).optional(),
        }),
      },
      { expectedBucketOwner: text, mfa: text },
    ),
  },
  {
    type: "bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    inputs: inputsOf(
      { bucket: text },
      {
        expectedBucketOwner: text,
        objectLockEnabled: z.enum(["Enabled"]),
        rule: z.strictObject({ defaultRetention: retention }),
        token: text,
      },
    ),
    defaults: { objectLockEnabled: "Enabled" },
    refuses: ({ objectLockEnabled }) =>
      objectLockEnabled === true
        ? undefined
        : "InvalidBucketState: Object Lock configuration cannot be enabled on existing buckets (give the bucket objectLockEnabled: true)",
  },
  {
    type: "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: inputsOf({ bucket: text, rules: z.array(encryptionRule).min(1) }, { expectedBucketOwner: text }),
  },
  {
    type: "bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: inputsOf(
      { bucket: text },
      {
        blockPublicAcls: flag,
        blockPublicPolicy: flag,
        ignorePublicAcls: flag,
        restrictPublicBuckets: flag,
        skipDestroy: flag,
      },
    ),
    defaults: {
      blockPublicAcls: false,
      blockPublicPolicy: false,
      ignorePublicAcls: false,
      restrictPublicBuckets: false,
    },
  },
  {
    type: "bucketPolicy:BucketPolicy",
    inputs: inputsOf({ bucket: text, policy: jsonText }, {}),
  },
  {
    type: "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: inputsOf(
      { bucket: text },
      { expectedBucketOwner: text, rules: z.array(lifecycleRule), transitionDefaultMinimumObjectSize: text },
    ),
  },
  {
    type: "bucketOwnershipControls:BucketOwnershipControls",
    inputs: inputsOf(
      {
        bucket: text,
        rule: z.strictObject({
          objectOwnership: z.enum(["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"]),
        }),
      },
      {},
    ),
  },
];

function bucketType() {
  return defineType({
    type: "aws:s3/bucket:Bucket",
    inputs: inputsOf({}, { bucket: bucketName, bucketPrefix: text, forceDestroy: flag, objectLockEnabled: flag, tags }),
    autoName: "bucket",
    replaces: ["bucket", "bucketPrefix", "objectLockEnabled"],
    defaults: { forceDestroy: false, objectLockEnabled: false },
    unique: {
      key: ({ bucket }) => bucket ?? "",
      taken: (name) => `BucketAlreadyOwnedByYou: the bucket ${name} already exists and is yours`,
    },
    id: ({ bucket }) => bucket ?? "",
    outputs: (_inputs, id) => ({
      arn: `arn:aws:s3:::${id}`,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegion: REGION,
      bucketRegionalDomainName: `${id}.s3.${REGION}.amazonaws.com`,
      hostedZoneId: "Z1BKCTXD74EZPE",
    }),
  });
}

/** Buckets and what is set on them, one type an aspect; settings inside of the bucket itself are deprecated and refused. */
export function s3Types(): AnyAwsType[] {
  const bucket = bucketType();
  const aspects = ASPECTS.map(({ type, inputs, defaults = {}, refuses }) =>
    defineType({
      type: `aws:s3/${type}`,
      inputs,
      defaults,
      replaces: ["bucket"],
      id: (given) => given.bucket,
      outputs: () => ({}),
      effects: {
        create: async (given) => {
          const entry = bucket.entries.get(given.bucket);
          if (entry === undefined) throw new Error(`NoSuchBucket: the bucket ${given.bucket} does not exist`);
          const reason = refuses?.(entry.raw);
          if (reason !== undefined) throw new Error(reason);
          return {};
        },
      },
    }),
  );
  return [bucket, ...aspects];
}
