import { z } from "zod";
import { isObject, type Json, type Props } from "../../sandbox/cloud/wire.ts";
import type { Call } from "./calls/call.ts";
import { isIgnored } from "./calls/ignored.ts";
import type { Judged } from "./judge.ts";
import { lackOf } from "./lacking.ts";
import type { Models } from "./moto.ts";

/** One call and everything that is against it. */
export interface Verdict {
  call: Call;
  /** `rule NAME: ...` of ours, `model: ...` of botocore's, `moto: ...` where its server refused */
  violations: string[];
  /** what moto's server can't do; null where it can */
  lacking: string | null;
}

/** What the stack files name and the program doesn't make. */
export interface Given {
  vpcIds: readonly string[];
  subnetIds: readonly string[];
  securityGroupIds: readonly string[];
}

/** The ids that moto has given, in place of those of the recorded account. */
function translator() {
  const names = new Map<string, string>();
  const inText = (text: string): string => {
    let told = text;
    for (const [ours, theirs] of names) told = told.replaceAll(ours, theirs);
    return told;
  };
  const inValue = (value: Json): Json => {
    if (typeof value === "string") return inText(value);
    if (Array.isArray(value)) return value.map(inValue);
    if (!isObject(value)) return value;
    return inProps(z.record(z.string(), z.json()).parse(value));
  };
  const inProps = (props: Props): Props =>
    Object.fromEntries(Object.entries(props).map(([key, inner]) => [key, inValue(inner)]));
  return {
    inProps,
    learn: (ours: string, theirs: unknown) => {
      if (ours !== "" && typeof theirs === "string" && theirs !== ours) names.set(ours, theirs);
    },
  };
}

const made = z.looseObject({
  ARN: z.string().optional(),
  GroupId: z.string().optional(),
  SubscriptionArn: z.string().optional(),
  KeyMetadata: z.looseObject({ KeyId: z.string() }).optional(),
  Vpc: z.looseObject({ VpcId: z.string() }).optional(),
  Subnet: z.looseObject({ SubnetId: z.string() }).optional(),
});

async function makeGiven(
  models: Models,
  { vpcIds, subnetIds, securityGroupIds }: Given,
  names: ReturnType<typeof translator>,
) {
  const ask = async (operation: string, params: Props) =>
    made.parse((await models.ask({ service: "ec2", operation, params }, "made")).answer ?? {});
  const vpcs: string[] = [];
  for (const [index, ours] of vpcIds.entries()) {
    const { Vpc } = await ask("CreateVpc", { CidrBlock: `10.${index}.0.0/16` });
    names.learn(ours, Vpc?.VpcId);
    vpcs.push(Vpc?.VpcId ?? "");
  }
  for (const [index, ours] of subnetIds.entries()) {
    const { Subnet } = await ask("CreateSubnet", { VpcId: vpcs[0] ?? "", CidrBlock: `10.0.${index}.0/24` });
    names.learn(ours, Subnet?.SubnetId);
  }
  for (const [index, ours] of securityGroupIds.entries()) {
    const { GroupId } = await ask("CreateSecurityGroup", {
      GroupName: `nodes-${index}`,
      Description: "nodes",
      VpcId: vpcs[0] ?? "",
    });
    names.learn(ours, GroupId);
  }
}

/** The log groups that metrics are counted in and that the program doesn't make: the cluster's log forwarder does. */
async function makeLogGroups(models: Models, calls: readonly Judged[]): Promise<void> {
  const named = (operation: string): string[] =>
    calls.flatMap(({ call }) => (call.operation === operation ? [String(call.params.logGroupName)] : []));
  const made = new Set(named("CreateLogGroup"));
  for (const logGroupName of new Set(named("PutMetricFilter").filter((name) => !made.has(name))))
    await models.ask({ service: "logs", operation: "CreateLogGroup", params: { logGroupName } }, "made");
}

/** The operation's own name for what it has made, by the id that the recorded account gave it. */
const MAKES: Readonly<Record<string, (answer: z.infer<typeof made>) => string | undefined>> = {
  CreateKey: ({ KeyMetadata }) => KeyMetadata?.KeyId,
  CreateSecret: ({ ARN }) => ARN,
  CreateSecurityGroup: ({ GroupId }) => GroupId,
  Subscribe: ({ SubscriptionArn }) => SubscriptionArn,
};

/** Makes every call in its order, and says what is against each. */
export async function replay(models: Models, calls: readonly Judged[], given: Given): Promise<Verdict[]> {
  const names = translator();
  await makeGiven(models, given, names);
  await makeLogGroups(models, calls);
  const verdicts: Verdict[] = [];
  for (const { call, breaches, id } of calls) {
    const params = names.inProps(call.params);
    const lacking = lackOf(call);
    // A call that our rules refuse isn't made: moto would take it, and have another account from then on.
    const how = breaches.length > 0 || lacking !== null ? "judged" : "made";
    const answer = await models.ask({ service: call.service, operation: call.operation, params }, how);
    names.learn(id, MAKES[call.operation]?.(made.parse(answer.answer ?? {})));
    const refused = answer.error !== null && !isIgnored(call.operation, answer.error.code);
    verdicts.push({
      call,
      violations: [
        ...breaches.map(({ rule, why }) => `rule ${rule}: ${why}`),
        ...answer.violations.map((told) => `model: ${told}`),
        ...(refused ? [`moto: ${answer.error?.code}: ${answer.error?.message}`] : []),
      ],
      lacking,
    });
  }
  return verdicts;
}
