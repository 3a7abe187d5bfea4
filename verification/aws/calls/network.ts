import type { Json, Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";
import { type Call, call, listOf, objectsOf, type Translation, tagChange, tagList } from "./call.ts";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3]): Call =>
  call(operation, "ec2", name, params);

const readGroup = (operation: Operation): Call[] => [
  here(operation, "DescribeSecurityGroups", { GroupIds: [operation.id] }),
];

/** A rule as EC2 takes it: one description for each source. */
function permission(rule: Props): Json {
  const description = typeof rule.description === "string" ? { Description: rule.description } : {};
  const groups = listOf(rule, "securityGroups").map((GroupId) => ({ GroupId, ...description }));
  const ranges = listOf(rule, "cidrBlocks").map((CidrIp) => ({ CidrIp, ...description }));
  return {
    IpProtocol: String(rule.protocol),
    FromPort: Number(rule.fromPort),
    ToPort: Number(rule.toPort),
    ...(groups.length === 0 ? {} : { UserIdGroupPairs: groups }),
    ...(ranges.length === 0 ? {} : { IpRanges: ranges }),
  };
}

function rules(operation: Operation, property: "ingress" | "egress"): Call[] {
  const name = property === "ingress" ? "Ingress" : "Egress";
  const [before, after] = [objectsOf(operation.before, property), objectsOf(operation.inputs, property)];
  const shown = (rule: Props): string => JSON.stringify(permission(rule));
  const removed = before.filter((rule) => !after.some((other) => shown(other) === shown(rule)));
  const added = after.filter((rule) => !before.some((other) => shown(other) === shown(rule)));
  const group = { GroupId: operation.id };
  return [
    ...(removed.length === 0
      ? []
      : [here(operation, `RevokeSecurityGroup${name}`, { ...group, IpPermissions: removed.map(permission) })]),
    ...(added.length === 0
      ? []
      : [here(operation, `AuthorizeSecurityGroup${name}`, { ...group, IpPermissions: added.map(permission) })]),
  ];
}

/** internal/service/ec2/vpc_security_group.go: the rule that lets everything out, which EC2 adds by itself, is taken away first. */
const everythingOut = (operation: Operation): Call =>
  here(operation, "RevokeSecurityGroupEgress", {
    GroupId: operation.id,
    IpPermissions: [{ FromPort: 0, ToPort: 0, IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
  });

/** internal/service/ec2/vpc_security_group.go */
export const securityGroup: Translation = {
  create: (operation) => [
    here(operation, "CreateSecurityGroup", {
      GroupName: operation.inputs.name,
      Description: operation.inputs.description,
      VpcId: operation.inputs.vpcId,
      TagSpecifications: [{ ResourceType: "security-group", Tags: tagList(operation.inputs.tags) }],
    }),
    ...readGroup(operation),
    everythingOut(operation),
    ...rules(operation, "ingress"),
    ...rules(operation, "egress"),
    ...readGroup(operation),
  ],
  update: (operation) => {
    const { removed, set } = tagChange(operation);
    return [
      ...rules(operation, "ingress"),
      ...rules(operation, "egress"),
      ...(removed.length === 0
        ? []
        : [here(operation, "DeleteTags", { Resources: [operation.id], Tags: removed.map((Key) => ({ Key })) })]),
      ...(Object.keys(set).length === 0
        ? []
        : [here(operation, "CreateTags", { Resources: [operation.id], Tags: tagList(set) })]),
      ...readGroup(operation),
    ];
  },
  remove: (operation) => [
    here(operation, "DescribeNetworkInterfaces", { Filters: [{ Name: "group-id", Values: [operation.id] }] }),
    here(operation, "DeleteSecurityGroup", { GroupId: operation.id }),
    ...readGroup(operation),
  ],
  read: readGroup,
};
