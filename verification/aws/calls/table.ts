import type { Operation } from "../recorder/journal.ts";
import * as buckets from "./buckets.ts";
import type { Call, Known, Translation } from "./call.ts";
import * as elasticache from "./elasticache.ts";
import * as kms from "./kms.ts";
import * as network from "./network.ts";
import { replicationGroup } from "./replication-group.ts";
import { SECRET_FUNCTIONS, secret, secretVersion } from "./secrets-manager.ts";
import * as watch from "./watch.ts";

const TYPES: Readonly<Record<string, Translation>> = {
  "aws:kms/key:Key": kms.key,
  "aws:kms/keyPolicy:KeyPolicy": kms.keyPolicy,
  "aws:kms/alias:Alias": kms.alias,
  "aws:secretsmanager/secret:Secret": secret,
  "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
  "aws:elasticache/user:User": elasticache.user,
  "aws:elasticache/userGroup:UserGroup": elasticache.userGroup,
  "aws:elasticache/subnetGroup:SubnetGroup": elasticache.subnetGroup,
  "aws:elasticache/parameterGroup:ParameterGroup": elasticache.parameterGroup,
  "aws:elasticache/replicationGroup:ReplicationGroup": replicationGroup,
  "aws:ec2/securityGroup:SecurityGroup": network.securityGroup,
  "aws:s3/bucket:Bucket": buckets.bucket,
  "aws:s3/bucketVersioning:BucketVersioning": buckets.versioning,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": buckets.objectLock,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": buckets.encryption,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": buckets.publicAccessBlock,
  "aws:s3/bucketPolicy:BucketPolicy": buckets.bucketPolicy,
  "aws:sns/topic:Topic": watch.topic,
  "aws:sns/topicSubscription:TopicSubscription": watch.subscription,
  "aws:cloudwatch/logGroup:LogGroup": watch.logGroup,
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": watch.metricFilter,
  "aws:cloudwatch/metricAlarm:MetricAlarm": watch.metricAlarm,
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": watch.compositeAlarm,
  "aws:cloudwatch/dashboard:Dashboard": watch.dashboard,
};

const FUNCTIONS: Readonly<Record<string, (operation: Operation) => Call[]>> = {
  ...SECRET_FUNCTIONS,
  "aws:index/getCallerIdentity:getCallerIdentity": () => [
    { service: "sts", operation: "GetCallerIdentity", params: {}, resource: "" },
  ],
  // These answer from the provider's own settings, without a call.
  "aws:index/getRegion:getRegion": () => [],
  "aws:index/getPartition:getPartition": () => [],
};

/**
 * The calls that the provider makes for one operation of the engine.
 * @throws Error for a type that nobody has translated: none may go unlooked at
 */
export function callsOf(operation: Operation, known: Known): Call[] {
  if (operation.kind === "invoke") {
    const translate = FUNCTIONS[operation.type];
    if (translate === undefined)
      throw new Error(`verification/aws/calls has no function ${operation.type}: add its calls`);
    return translate(operation);
  }
  const translation = TYPES[operation.type];
  if (translation === undefined) throw new Error(`verification/aws/calls has no type ${operation.type}: add its calls`);
  switch (operation.kind) {
    case "create":
      return translation.create(operation, known);
    case "update":
      return translation.update(operation, known);
    case "delete":
      return translation.remove(operation, known);
    case "read":
      return translation.read(operation, known);
    case "same":
      return [];
  }
}

/** The calls of a refresh of a resource. */
export function readsOf(operation: Operation, known: Known): Call[] {
  return TYPES[operation.type]?.read(operation, known) ?? [];
}
