import { type Cost, monthlyCosts, monthlySum } from "./costs.ts";
import type { DeployedResource } from "./deployed.ts";
import { type Stay, staysOf } from "./stays.ts";

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

const KINDS: readonly [of: RegExp, kind: string][] = [
  [/^kubernetes:/, "objects of the cluster, the namespace with them"],
  [/^aws:elasticache\//, "parts of the session store: every session ends, no snapshot is kept"],
  [/^aws:ec2\//, "security group"],
  [/^aws:cloudwatch\/|^aws:sns\//, "alarms, metrics, dashboard and topic"],
  [/^aws:secretsmanager\//, "secrets and their versions"],
  [/^aws:s3\//, "parts of the bucket of records, with every record"],
  [/^aws:kms\//, "parts of the KMS key"],
];

/**
 * What taking a stack down does (pure).
 * @param now milliseconds since the epoch, from which the days are counted
 */
export function teardownPlan(resources: readonly DeployedResource[], now: number): TeardownPlan {
  const { stays, kept } = staysOf(resources, now);
  const going = resources.filter(({ urn, type }) => !kept.includes(urn) && !type.startsWith("production-runbooks:"));
  const kinds = Map.groupBy(going, ({ type }) => KINDS.find(([of]) => of.test(type))?.[1] ?? "other resources");
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
