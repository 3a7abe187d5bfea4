import { z } from "zod";
import type { Json } from "../wire.ts";
import { arnOf, count, flag, inputsOf, type Rule, tags, text, texts } from "./inputs.ts";

const DAY = "(mon|tue|wed|thu|fri|sat|sun)";
const TIME = "([01]\\d|2[0-3]):[0-5]\\d";

/** The inputs of an ElastiCache replication group. */
export const replicationGroupInputs = inputsOf(
  { description: text.min(1, "is empty") },
  {
    applyImmediately: flag,
    atRestEncryptionEnabled: flag,
    authToken: text.min(16, "is 16 to 128 characters long").max(128, "is 16 to 128 characters long"),
    authTokenUpdateStrategy: z.enum(["SET", "ROTATE", "DELETE"]),
    autoMinorVersionUpgrade: flag,
    automaticFailoverEnabled: flag,
    clusterMode: z.enum(["disabled"], { error: "is disabled: the sandbox has no cluster mode" }),
    dataTieringEnabled: flag,
    engine: z.enum(["redis", "valkey"]),
    engineVersion: text.regex(/^(7|8)\.\d+$|^6\.(x|\d+)$|^5\.\d+\.\d+$/, "isn't a version of ElastiCache, such as 7.1"),
    finalSnapshotIdentifier: text,
    ipDiscovery: z.enum(["ipv4", "ipv6"]),
    kmsKeyId: arnOf("kms"),
    logDeliveryConfigurations: z.array(
      z.strictObject({
        destination: text,
        destinationType: z.enum(["cloudwatch-logs", "kinesis-firehose"]),
        logFormat: z.enum(["json", "text"]),
        logType: z.enum(["slow-log", "engine-log"]),
      }),
    ),
    maintenanceWindow: text.regex(
      new RegExp(`^${DAY}:${TIME}-${DAY}:${TIME}$`),
      "isn't a window such as sun:05:00-sun:06:00",
    ),
    multiAzEnabled: flag,
    networkType: z.enum(["ipv4", "ipv6", "dual_stack"]),
    nodeType: text.regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "isn't a node type such as cache.t4g.small"),
    notificationTopicArn: arnOf("sns"),
    numCacheClusters: count.min(1).max(6, "has at most six nodes"),
    parameterGroupName: text,
    port: count.min(1).max(65_535),
    preferredCacheClusterAzs: texts,
    replicationGroupId: text.regex(
      /^[a-z](?!.*--)[a-z0-9-]{0,39}(?<!-)$/,
      "begins with a small letter and holds small letters, digits and single '-' alone, at most 40",
    ),
    securityGroupIds: texts,
    securityGroupNames: texts,
    snapshotArns: texts,
    snapshotName: text,
    snapshotRetentionLimit: count.min(0).max(35),
    snapshotWindow: text.regex(new RegExp(`^${TIME}-${TIME}$`), "isn't a window such as 05:00-09:00"),
    subnetGroupName: text,
    tags,
    transitEncryptionEnabled: flag,
    transitEncryptionMode: z.enum(["preferred", "required"]),
    userGroupIds: texts.max(1, "has at most one user group"),
  },
);

export type ReplicationGroupInputs = z.output<typeof replicationGroupInputs>;

const isGiven = (value: Json | undefined): boolean =>
  value !== undefined && !(Array.isArray(value) && value.length === 0);

function needs(property: string, other: string, reason: string): Rule {
  return {
    of: [property, other],
    property,
    broken: (inputs) => isGiven(inputs[property]) && inputs[property] !== false && inputs[other] !== true,
    reason,
  };
}

/** The versions that ElastiCache has of each engine (its documentation, "Supported engine versions"). */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  redis: ["5.0.0", "5.0.3", "5.0.4", "5.0.5", "5.0.6", "6.x", "6.0", "6.2", "7.0", "7.1"],
  valkey: ["7.2", "8.0", "8.1", "8.2"],
};

/** What ElastiCache refuses of a replication group that is well-formed. */
export const replicationGroupRules: readonly Rule[] = [
  {
    of: ["engine", "engineVersion"],
    property: "engineVersion",
    broken: ({ engine = "redis", engineVersion }) =>
      engineVersion !== undefined && VERSIONS[String(engine)]?.includes(String(engineVersion)) !== true,
    reason: "isn't a version of that engine: Redis ends at 7.1, and Valkey begins at 7.2",
  },
  {
    // CreateReplicationGroup, TransitEncryptionMode: it came with Redis 7.0.
    of: ["engine", "engineVersion", "transitEncryptionMode"],
    property: "transitEncryptionMode",
    broken: ({ engine = "redis", engineVersion, transitEncryptionMode }) =>
      engine === "redis" && transitEncryptionMode !== undefined && /^[56]\./.test(String(engineVersion)),
    reason: "needs engineVersion 7.0 or later",
  },
  needs(
    "userGroupIds",
    "transitEncryptionEnabled",
    "needs transitEncryptionEnabled: true (role-based access control works over TLS alone)",
  ),
  needs("authToken", "transitEncryptionEnabled", "needs transitEncryptionEnabled: true"),
  needs("transitEncryptionMode", "transitEncryptionEnabled", "needs transitEncryptionEnabled: true"),
  needs("kmsKeyId", "atRestEncryptionEnabled", "needs atRestEncryptionEnabled: true"),
  needs("multiAzEnabled", "automaticFailoverEnabled", "needs automaticFailoverEnabled: true"),
  {
    of: ["automaticFailoverEnabled", "numCacheClusters"],
    property: "numCacheClusters",
    broken: ({ automaticFailoverEnabled, numCacheClusters }) =>
      automaticFailoverEnabled === true && (typeof numCacheClusters !== "number" || numCacheClusters < 2),
    reason: "is at least 2 with automaticFailoverEnabled: true",
  },
  {
    of: ["authToken", "userGroupIds"],
    property: "authToken",
    broken: ({ authToken, userGroupIds }) => isGiven(authToken) && isGiven(userGroupIds),
    reason: "can't be given together with userGroupIds",
  },
];
