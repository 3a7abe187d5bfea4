import type { Props } from "../../sandbox/cloud/wire.ts";
import type { Operation } from "../aws/recorder/journal.ts";

/** A resource as the program asks for it, with what the provider would answer. */
export interface Resource {
  type: string;
  name: string;
  inputs: Props;
}

const operation = (kind: Operation["kind"], { type, name, inputs }: Resource, before: Props = {}): Operation => ({
  stack: "",
  kind,
  type,
  name,
  id: `${name}-id`,
  inputs,
  before,
  outputs: { ...inputs, arn: `arn-of-${name}` },
});

/** Inputs that a change of would make another resource, which is no update; the provider's `ForceNew`. */
const REPLACES: Readonly<Record<string, readonly string[]>> = {
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretId", "secretString"],
  "aws:secretsmanager/secret:Secret": ["name"],
  "aws:elasticache/user:User": ["userId", "userName"],
  "aws:elasticache/subnetGroup:SubnetGroup": ["name"],
  "aws:elasticache/parameterGroup:ParameterGroup": ["name", "family", "description"],
  "aws:elasticache/replicationGroup:ReplicationGroup": ["replicationGroupId", "kmsKeyId", "port", "subnetGroupName"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "description", "vpcId"],
  "aws:s3/bucket:Bucket": ["bucket", "objectLockEnabled"],
  "aws:sns/topic:Topic": ["name"],
  "aws:sns/topicSubscription:TopicSubscription": ["topic", "protocol", "endpoint"],
  "aws:cloudwatch/logGroup:LogGroup": ["name"],
};

/** Everything that may be done to a resource over its life: made, changed in each of its inputs, and removed (pure). */
export function lifeOf(resource: Resource): Operation[] {
  const kept = REPLACES[resource.type] ?? [];
  const changes = Object.keys(resource.inputs)
    .filter((key) => !kept.includes(key))
    .map((key) => {
      const { [key]: _, ...before } = resource.inputs;
      return operation("update", resource, before);
    });
  // A tag that a setting takes away.
  const untagged = resource.inputs.tags === undefined ? [] : [{ ...resource.inputs, tags: {} }];
  const fewer = untagged.map((inputs) => operation("update", { ...resource, inputs }, resource.inputs));
  return [operation("create", resource), ...changes, ...fewer, operation("delete", resource)];
}

/** What an update from one graph to another does (pure). */
export function operationsBetween(from: readonly Resource[], to: readonly Resource[]): Operation[] {
  const same = (one: Resource) => (other: Resource) => one.type === other.type && one.name === other.name;
  const made = to.flatMap((resource) => {
    const before = from.find(same(resource));
    if (before === undefined) return [operation("create", resource)];
    const changed = JSON.stringify(before.inputs) !== JSON.stringify(resource.inputs);
    return changed ? [operation("update", resource, before.inputs)] : [];
  });
  const removed = from.filter((resource) => !to.some(same(resource))).map((resource) => operation("delete", resource));
  return [...made, ...removed];
}
