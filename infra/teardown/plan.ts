import { type Cost, monthlyCosts, monthlySum } from "../costs.ts";
import { nameOf, type StandingResource } from "./standing.ts";

/** Something that outlives the stack. */
export interface Stay {
  what: string;
  /** ISO 8601, a day; null: until somebody deletes it */
  until: string | null;
  costs: string;
  /** how it goes earlier, or at all */
  remedy: string;
}

/** What taking a stack down does, worked out from its state. */
export interface TeardownPlan {
  /** what goes at once, by kind */
  goes: { kind: string; many: number }[];
  stays: Stay[];
  /** what is taken out of the state and left in the account */
  kept: string[];
  /** what has to lose its protection first */
  protected: string[];
  /** US dollars a month that end with it */
  saves: number;
  costs: Cost[];
}

const KEY = "aws:kms/key:Key";
const SECRET = "aws:secretsmanager/secret:Secret";
const BUCKET = "aws:s3/bucket:Bucket";
const LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
const DAY = 86_400_000;

const dayIn = (now: number, days: number): string => new Date(now + days * DAY).toISOString().slice(0, 10);

const numberOf = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

const KINDS: readonly [of: RegExp, kind: string][] = [
  [/^kubernetes:/, "objects of the cluster, the namespace with them"],
  [/^aws:elasticache\//, "parts of the session store: every session ends, no snapshot is kept"],
  [/^aws:ec2\//, "security group"],
  [/^aws:cloudwatch\/|^aws:sns\//, "alarms, metrics, dashboard and topic"],
  [/^aws:secretsmanager\//, "secrets and their versions"],
  [/^aws:s3\//, "parts of the bucket of records, with every record"],
  [/^aws:kms\//, "parts of the KMS key"],
];

function kindOf(type: string): string {
  return KINDS.find(([of]) => of.test(type))?.[1] ?? "other resources";
}

/** The days for which a bucket's records are locked; null where none is. */
function lockOf(resources: readonly StandingResource[], bucket: StandingResource): number | null {
  const lock = resources.find(({ type, inputs }) => type === LOCK && inputs.bucket === bucket.id);
  const text = JSON.stringify(lock?.inputs.rule ?? null);
  const days = /"days":(\d+)/.exec(text)?.[1];
  return days === undefined ? null : Number(days);
}

/** A component with everything in it, by the URN of one of its children. */
function family(resources: readonly StandingResource[], of: StandingResource | undefined): string[] {
  if (of === undefined) return [];
  const parent = of.parent ?? of.urn;
  return resources
    .filter((one) => one.urn === parent || one.parent === parent || one.urn === of.urn)
    .map(({ urn }) => urn);
}

function staysOf(resources: readonly StandingResource[], now: number): { stays: Stay[]; kept: string[] } {
  const buckets = resources.filter(({ type }) => type === BUCKET);
  const locked = buckets.flatMap((bucket) => {
    const days = lockOf(resources, bucket);
    return days === null ? [] : [{ bucket, days }];
  });
  const key = resources.find(({ type }) => type === KEY);
  const bucketStays = locked.map(({ bucket, days }) => ({
    what: `the bucket ${bucket.id}, with every record and backup in it`,
    until: null,
    costs: "0.02 dollars a gigabyte and month",
    remedy: `its newest record is locked until ${dayIn(now, days)}: from then on \`aws s3 rb --force s3://${bucket.id}\`, versions first; before, with the right s3:BypassGovernanceRetention alone`,
  }));
  const keyStays =
    key === undefined
      ? []
      : locked.length > 0
        ? [
            {
              what: `the KMS key ${key.id}, which the records are encrypted with`,
              until: null,
              costs: "1 dollar a month",
              remedy: `once the bucket is gone: \`aws kms schedule-key-deletion --key-id ${key.id} --pending-window-in-days 7\``,
            },
          ]
        : [
            {
              what: `the KMS key ${key.id}, disabled`,
              until: dayIn(now, numberOf(key.inputs.deletionWindowInDays, 30)),
              costs: "nothing",
              remedy: "nothing: AWS deletes it",
            },
          ];
  const secretStays = resources.flatMap(({ type, inputs }) => {
    const days = numberOf(inputs.recoveryWindowInDays, 30);
    if (type !== SECRET || days === 0) return [];
    return [
      {
        what: `the secret ${String(inputs.name)}, scheduled for deletion: its name is taken`,
        until: dayIn(now, days),
        costs: "nothing",
        remedy: `\`aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${String(inputs.name)}\` after \`restore-secret\``,
      },
    ];
  });
  const kept =
    locked.length === 0
      ? []
      : [...locked.flatMap(({ bucket }) => family(resources, bucket)), ...family(resources, key)];
  return { stays: [...bucketStays, ...keyStays, ...secretStays], kept };
}

/**
 * What taking a stack down does (pure).
 * @param now milliseconds since the epoch, from which the days are counted
 */
export function teardownPlan(resources: readonly StandingResource[], now: number): TeardownPlan {
  const { stays, kept } = staysOf(resources, now);
  const going = resources.filter(({ urn, type }) => !kept.includes(urn) && !type.startsWith("production-runbooks:"));
  const kinds = Map.groupBy(going, ({ type }) => kindOf(type));
  const costs = monthlyCosts(going);
  return {
    goes: [...kinds].map(([kind, of]) => ({ kind, many: of.length })),
    stays,
    kept,
    protected: going.filter(({ protect }) => protect).map(({ urn }) => urn),
    saves: monthlySum(costs),
    costs,
  };
}

/** The plan as people read it before they confirm it (pure). */
export function teardownText(stack: string, plan: TeardownPlan): string {
  const unprotected = plan.protected.map(
    (urn) => `  ${nameOf({ urn })} (${urn.split("::").at(-2)?.split("$").at(-1)})`,
  );
  return [
    `Taking ${stack} down:`,
    "1. These lose their protection:",
    ...(unprotected.length === 0 ? ["  none"] : unprotected),
    "2. This goes, for good:",
    ...(plan.goes.length === 0 ? ["  nothing"] : plan.goes.map(({ kind, many }) => `  ${many} ${kind}`)),
    `   It ends about ${plan.saves} dollars a month (eu-west-1, on demand).`,
    "3. This stays:",
    ...(plan.stays.length === 0
      ? ["  nothing"]
      : plan.stays.map(
          ({ what, until, costs, remedy }) =>
            `  ${what}, ${until === null ? "until somebody deletes it" : `until ${until}`}, for ${costs}; earlier: ${remedy}`,
        )),
    `4. The stack ${stack} is empty then; \`pulumi stack rm ${stack}\` forgets its history.`,
  ].join("\n");
}
