import { z } from "zod";
import type { DeployedResource } from "./deployed.ts";

/** Something that outlives the stack. */
export interface Stay {
  what: string;
  /** ISO 8601, a day; null: until somebody deletes it */
  until: string | null;
  costs: string;
  /** how it goes earlier, or at all */
  remedy: string;
}

const KEY = "aws:kms/key:Key";
const SECRET = "aws:secretsmanager/secret:Secret";
const BUCKET = "aws:s3/bucket:Bucket";
const LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
const DAY = 86_400_000;

const dayIn = (now: number, days: number): string => new Date(now + days * DAY).toISOString().slice(0, 10);

const numberOf = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

const ruleSchema = z.object({ defaultRetention: z.object({ days: z.number() }) });

/** The days for which a bucket's records are locked; null where none is. */
function lockOf(resources: readonly DeployedResource[], bucket: DeployedResource): number | null {
  const lock = resources.find(({ type, inputs }) => type === LOCK && inputs.bucket === bucket.id);
  return ruleSchema.safeParse(lock?.inputs.rule).data?.defaultRetention.days ?? null;
}

/** A component with everything in it, by the URN of one of its children. */
function family(resources: readonly DeployedResource[], of: DeployedResource): string[] {
  const parent = of.parent ?? of.urn;
  return resources
    .filter((one) => one.urn === parent || one.parent === parent || one.urn === of.urn)
    .map(({ urn }) => urn);
}

function bucketStay({ id }: DeployedResource, days: number, now: number): Stay {
  return {
    what: `the bucket ${id}, with every record and backup in it`,
    until: null,
    costs: "0.02 dollars a gigabyte and month",
    remedy: `its newest record is locked until ${dayIn(now, days)}: from then on \`aws s3 rb --force s3://${id}\`, versions first; before, with the right s3:BypassGovernanceRetention alone`,
  };
}

/** A key that is needed for what stays is kept; else AWS deletes it once its window has passed. */
function keyStay({ id, inputs }: DeployedResource, need: "needed" | "not needed", now: number): Stay {
  if (need === "needed") {
    return {
      what: `the KMS key ${id}, which the records are encrypted with`,
      until: null,
      costs: "1 dollar a month",
      remedy: `once the bucket is gone: \`aws kms schedule-key-deletion --key-id ${id} --pending-window-in-days 7\``,
    };
  }
  return {
    what: `the KMS key ${id}, disabled`,
    until: dayIn(now, numberOf(inputs.deletionWindowInDays, 30)),
    costs: "nothing",
    remedy: "nothing: AWS deletes it",
  };
}

function secretStays({ inputs }: DeployedResource, now: number): Stay[] {
  const [name, days] = [String(inputs.name), numberOf(inputs.recoveryWindowInDays, 30)];
  if (days === 0) return [];
  return [
    {
      what: `the secret ${name}, scheduled for deletion: its name is taken`,
      until: dayIn(now, days),
      costs: "nothing",
      remedy: `\`aws secretsmanager restore-secret --secret-id ${name}\`, then \`delete-secret --force-delete-without-recovery\` of the same`,
    },
  ];
}

/**
 * What outlives the stack, and which resources are left in the account for it (pure): a bucket whose records are locked, and the key that they
 * are encrypted with.
 */
export function staysOf(resources: readonly DeployedResource[], now: number): { stays: Stay[]; kept: string[] } {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const locked = ofType(BUCKET).flatMap((bucket) => {
    const days = lockOf(resources, bucket);
    return days === null ? [] : [{ bucket, days }];
  });
  const keys = ofType(KEY);
  const kept = locked.length === 0 ? [] : [...locked.map(({ bucket }) => bucket), ...keys];
  return {
    stays: [
      ...locked.map(({ bucket, days }) => bucketStay(bucket, days, now)),
      ...keys.map((key) => keyStay(key, locked.length > 0 ? "needed" : "not needed", now)),
      ...ofType(SECRET).flatMap((secret) => secretStays(secret, now)),
    ],
    kept: [...new Set(kept.flatMap((resource) => family(resources, resource)))],
  };
}
