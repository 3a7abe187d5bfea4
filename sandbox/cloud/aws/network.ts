import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ACCOUNT_ID, arn } from "../accounts.ts";
import type { Props } from "../wire.ts";
import { count, ec2Description, flag, inputsOf, type Rule, tags, text, texts } from "./inputs.ts";
import { type AnyAwsType, type AwsType, defineType } from "./resource.ts";

const groupId = text.regex(/^sg-[0-9a-f]+$/, "isn't a security group's id (sg-...)");
const awsId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString("hex")}`;

const inlineRule = z.strictObject({
  protocol: text,
  fromPort: count,
  toPort: count,
  cidrBlocks: texts.optional(),
  description: ec2Description.optional(),
  ipv6CidrBlocks: texts.optional(),
  prefixListIds: texts.optional(),
  securityGroups: z.array(groupId).optional(),
  self: flag.optional(),
});

const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

const oneSource: Rule = {
  of: SOURCES,
  property: "cidrIpv4",
  broken: (inputs) => SOURCES.filter((source) => inputs[source] !== undefined).length !== 1,
  reason: `give exactly one of ${SOURCES.join(", ")}`,
};

const ports: Rule = {
  of: ["ipProtocol", "fromPort", "toPort"],
  property: "fromPort",
  broken: ({ ipProtocol, fromPort, toPort }) =>
    (ipProtocol === "-1") !== (fromPort === undefined && toPort === undefined),
  reason: "is given together with toPort, and for ipProtocol -1 neither is",
};

function securityGroupRule(
  type: string,
  direction: "ingress" | "egress",
  groups: AwsType<Record<string, unknown>>["entries"],
): AnyAwsType {
  return defineType({
    type,
    inputs: inputsOf(
      { ipProtocol: text, securityGroupId: groupId },
      {
        cidrIpv4: z.cidrv4({ error: "isn't an IPv4 CIDR block" }),
        cidrIpv6: z.cidrv6({ error: "isn't an IPv6 CIDR block" }),
        description: ec2Description,
        fromPort: count,
        prefixListId: text,
        referencedSecurityGroupId: text,
        tags,
        toPort: count,
      },
    ),
    rules: [oneSource, ports],
    replaces: ["securityGroupId"],
    unique: {
      key: ({ tags: _tags, description: _description, ...rule }) => JSON.stringify(rule, Object.keys(rule).sort()),
      taken: (rule) => `InvalidPermission.Duplicate: the specified ${direction} rule ${rule} already exists`,
    },
    id: () => awsId("sgr"),
    outputs: (_inputs, id): Props => ({ securityGroupRuleId: id, arn: arn("ec2", `security-group-rule/${id}`) }),
    effects: {
      create: async ({ securityGroupId }) => {
        if (!groups.has(securityGroupId)) {
          throw new Error(`InvalidGroup.NotFound: The security group '${securityGroupId}' does not exist`);
        }
        return {};
      },
    },
  });
}

/** Security groups and their rules, kept as notes: nothing is filtered on loopback. */
export function networkTypes(): AnyAwsType[] {
  const group = defineType({
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: inputsOf(
      {},
      {
        description: ec2Description.min(1),
        egress: z.array(inlineRule),
        ingress: z.array(inlineRule),
        name: text.max(255).refine((name) => !name.startsWith("sg-"), { error: "can't begin with sg-" }),
        namePrefix: text,
        revokeRulesOnDelete: flag,
        tags,
        vpcId: text.regex(/^vpc-[0-9a-f]+$/, "isn't a VPC's id (vpc-...)"),
      },
    ),
    autoName: "name",
    replaces: ["name", "namePrefix", "description", "vpcId"],
    defaults: { description: "Managed by Pulumi", egress: [], ingress: [], revokeRulesOnDelete: false },
    unique: {
      key: ({ name, vpcId }) => `${name} in ${vpcId ?? "the default VPC"}`,
      taken: (key) => `InvalidGroup.Duplicate: The security group ${key} already exists`,
    },
    id: () => awsId("sg"),
    outputs: (_inputs, id) => ({ arn: arn("ec2", `security-group/${id}`), ownerId: ACCOUNT_ID }),
  });
  return [
    group,
    securityGroupRule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ingress", group.entries),
    securityGroupRule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "egress", group.entries),
  ];
}
