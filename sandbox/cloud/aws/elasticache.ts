import { arn } from "../accounts.ts";
import type { RedisStore, RedisUser } from "../stores/redis.ts";
import { parameterGroupType, subnetGroupType } from "./elasticache-groups.ts";
import { elastiCacheUsers } from "./elasticache-users.ts";
import {
  type ReplicationGroupInputs,
  replicationGroupInputs,
  replicationGroupRules,
} from "./replication-group-inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";
import type { CloudWatch } from "./watch.ts";

/** What a new store is asked to be. */
export interface StoreRequest {
  id: string;
  stack: string;
  encryption: "in transit" | "none";
  parameters: Record<string, string>;
  users: readonly RedisUser[];
}

/** The stores of the sandbox, by the replication group's id. */
export interface Stores {
  start(request: StoreRequest): Promise<RedisStore>;
  get(id: string): RedisStore | undefined;
  end(id: string): Promise<void>;
}

function memberClusters({ numCacheClusters = 1 }: ReplicationGroupInputs, id: string): string[] {
  return Array.from({ length: numCacheClusters }, (_, index) => `${id}-${String(index + 1).padStart(3, "0")}`);
}

/** Everything of ElastiCache: a replication group is a real redis-server, its users are real ACL users. `watch` knows its nodes. */
export function elastiCacheTypes(stores: Stores, watch: CloudWatch): AnyAwsType[] {
  const parameterGroup = parameterGroupType();
  const subnetGroup = subnetGroupType();
  const users = elastiCacheUsers();

  const parametersOf = ({ parameterGroupName }: ReplicationGroupInputs): Record<string, string> => {
    const found = parameterGroup.entries.get(parameterGroupName ?? "");
    return Object.fromEntries((found?.inputs.parameters ?? []).map(({ name, value }) => [name, value]));
  };
  const usersOf = ({ userGroupIds = [], authToken }: ReplicationGroupInputs): RedisUser[] => {
    if (authToken !== undefined) return [{ name: "default", access: "on ~* &* +@all", passwords: [authToken] }];
    return userGroupIds.flatMap(users.usersOf);
  };
  const mustKnow = ({ parameterGroupName, subnetGroupName }: ReplicationGroupInputs): void => {
    const ours = parameterGroupName !== undefined && !parameterGroupName.startsWith("default.");
    if (ours && !parameterGroup.entries.has(parameterGroupName)) {
      throw new Error(`CacheParameterGroupNotFound: CacheParameterGroup ${parameterGroupName} not found`);
    }
    if (subnetGroupName !== undefined && !subnetGroup.entries.has(subnetGroupName)) {
      throw new Error(`CacheSubnetGroupNotFoundFault: Cache Subnet Group ${subnetGroupName} does not exist`);
    }
  };

  const replicationGroup = defineType({
    type: "aws:elasticache/replicationGroup:ReplicationGroup",
    inputs: replicationGroupInputs,
    rules: replicationGroupRules,
    autoName: "replicationGroupId",
    replaces: [
      "atRestEncryptionEnabled",
      "dataTieringEnabled",
      "kmsKeyId",
      "networkType",
      "port",
      "preferredCacheClusterAzs",
      "replicationGroupId",
      "securityGroupNames",
      "snapshotArns",
      "snapshotName",
      "subnetGroupName",
      "transitEncryptionEnabled",
    ],
    defaults: {
      applyImmediately: false,
      atRestEncryptionEnabled: false,
      autoMinorVersionUpgrade: true,
      automaticFailoverEnabled: false,
      clusterMode: "disabled",
      dataTieringEnabled: false,
      engine: "redis",
      multiAzEnabled: false,
      numCacheClusters: 1,
      snapshotRetentionLimit: 0,
      transitEncryptionEnabled: false,
    },
    secretOutputs: ["authToken"],
    unique: {
      key: ({ replicationGroupId }) => replicationGroupId ?? "",
      taken: (id) => `ReplicationGroupAlreadyExists: Replication group ${id} already exists`,
    },
    id: ({ replicationGroupId }) => replicationGroupId ?? "",
    outputs: (inputs, id) => ({
      arn: arn("elasticache", `replicationgroup:${id}`),
      clusterEnabled: false,
      configurationEndpointAddress: "",
      engineVersionActual: `${inputs.engineVersion ?? "7.1"}.0`,
      memberClusters: memberClusters(inputs, id),
      primaryEndpointAddress: "127.0.0.1",
      readerEndpointAddress: "127.0.0.1",
    }),
    effects: {
      create: async (inputs, { id, ctx }) => {
        mustKnow(inputs);
        const store = await stores.start({
          id,
          stack: ctx.stack,
          encryption: inputs.transitEncryptionEnabled === true ? "in transit" : "none",
          parameters: parametersOf(inputs),
          users: usersOf(inputs),
        });
        return { port: store.port };
      },
      update: async (inputs, { id }) => {
        mustKnow(inputs);
        const store = stores.get(id);
        await store?.setParameters(parametersOf(inputs));
        await store?.setUsers(usersOf(inputs));
        return store === undefined ? {} : { port: store.port };
      },
      remove: ({ id }) => stores.end(id),
    },
  });

  watch.sources.nodes = () =>
    [...replicationGroup.entries.values()].flatMap(({ id, stack, inputs }) =>
      memberClusters(inputs, id).map((node) => ({ stack, id: node })),
    );

  users.onChange(async (groupId) => {
    const concerned = [...replicationGroup.entries.values()].filter(({ inputs }) =>
      inputs.userGroupIds?.includes(groupId),
    );
    for (const { id, inputs } of concerned) await stores.get(id)?.setUsers(usersOf(inputs));
  });

  return [parameterGroup, subnetGroup, ...users.types, replicationGroup];
}
