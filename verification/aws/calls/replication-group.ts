import type { Json, Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";
import { type Call, call, listOf, type Translation, tagChange, tagList, textOf } from "./call.ts";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3]): Call =>
  call(operation, "elasticache", name, params);

function readGroup(operation: Operation): Call[] {
  const [member] = listOf(operation.outputs, "memberClusters");
  return [
    here(operation, "DescribeReplicationGroups", { ReplicationGroupId: operation.id }),
    here(operation, "DescribeCacheClusters", {
      CacheClusterId: typeof member === "string" ? member : `${operation.id}-001`,
      ShowCacheNodeInfo: true,
    }),
    here(operation, "ListTagsForResource", { ResourceName: textOf(operation.outputs, "arn") }),
  ];
}

/** The provider's properties, and what they are called in CreateReplicationGroup and ModifyReplicationGroup. */
const MEMBERS: Readonly<Record<string, { create: string; modify?: string }>> = {
  description: { create: "ReplicationGroupDescription", modify: "ReplicationGroupDescription" },
  engine: { create: "Engine", modify: "Engine" },
  engineVersion: { create: "EngineVersion", modify: "EngineVersion" },
  nodeType: { create: "CacheNodeType", modify: "CacheNodeType" },
  numCacheClusters: { create: "NumCacheClusters" },
  automaticFailoverEnabled: { create: "AutomaticFailoverEnabled", modify: "AutomaticFailoverEnabled" },
  multiAzEnabled: { create: "MultiAZEnabled", modify: "MultiAZEnabled" },
  transitEncryptionEnabled: { create: "TransitEncryptionEnabled", modify: "TransitEncryptionEnabled" },
  transitEncryptionMode: { create: "TransitEncryptionMode", modify: "TransitEncryptionMode" },
  atRestEncryptionEnabled: { create: "AtRestEncryptionEnabled" },
  kmsKeyId: { create: "KmsKeyId" },
  snapshotRetentionLimit: { create: "SnapshotRetentionLimit", modify: "SnapshotRetentionLimit" },
  snapshotWindow: { create: "SnapshotWindow", modify: "SnapshotWindow" },
  maintenanceWindow: { create: "PreferredMaintenanceWindow", modify: "PreferredMaintenanceWindow" },
  port: { create: "Port" },
  parameterGroupName: { create: "CacheParameterGroupName", modify: "CacheParameterGroupName" },
  subnetGroupName: { create: "CacheSubnetGroupName" },
  securityGroupIds: { create: "SecurityGroupIds", modify: "SecurityGroupIds" },
  userGroupIds: { create: "UserGroupIds" },
  autoMinorVersionUpgrade: { create: "AutoMinorVersionUpgrade", modify: "AutoMinorVersionUpgrade" },
};

function created(inputs: Props): Record<string, Json | undefined> {
  return Object.fromEntries(Object.entries(MEMBERS).map(([property, { create }]) => [create, inputs[property]]));
}

function modified({ before, inputs }: Operation): Record<string, Json> {
  const changed = Object.entries(MEMBERS).flatMap(([property, { modify }]): [string, Json][] => {
    const value = inputs[property];
    const same = JSON.stringify(before[property]) === JSON.stringify(value);
    return modify === undefined || value === undefined || same ? [] : [[modify, value]];
  });
  return Object.fromEntries(changed);
}

/** internal/service/elasticache/replication_group.go */
export const replicationGroup: Translation = {
  create: (operation) => [
    here(operation, "CreateReplicationGroup", {
      ReplicationGroupId: operation.inputs.replicationGroupId,
      ...created(operation.inputs),
      Tags: tagList(operation.inputs.tags),
    }),
    ...readGroup(operation),
  ],
  update: (operation) => {
    const change = modified(operation);
    const { removed, set } = tagChange(operation);
    const resource = { ResourceName: textOf(operation.outputs, "arn") };
    const modify = { ReplicationGroupId: operation.id, ApplyImmediately: true, ...change };
    return [
      ...(Object.keys(change).length === 0 ? [] : [here(operation, "ModifyReplicationGroup", modify)]),
      ...(removed.length === 0 ? [] : [here(operation, "RemoveTagsFromResource", { ...resource, TagKeys: removed })]),
      ...(Object.keys(set).length === 0
        ? []
        : [here(operation, "AddTagsToResource", { ...resource, Tags: tagList(set) })]),
      ...readGroup(operation),
    ];
  },
  remove: (operation) => [
    here(operation, "DeleteReplicationGroup", {
      ReplicationGroupId: operation.id,
      FinalSnapshotIdentifier: operation.inputs.finalSnapshotIdentifier,
    }),
    here(operation, "DescribeReplicationGroups", { ReplicationGroupId: operation.id }),
  ],
  read: readGroup,
};
