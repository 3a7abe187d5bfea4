import { ACCOUNT_ID, REGION } from "../accounts.ts";
import type { ProviderHandler } from "../handler.ts";
import type { Props } from "../wire.ts";
import { cloudwatchTypes } from "./cloudwatch.ts";
import { eksTypes } from "./eks.ts";
import { elastiCacheTypes, type Stores } from "./elasticache.ts";
import { iamTypes } from "./iam.ts";
import { kmsTypes } from "./kms.ts";
import { networkTypes } from "./network.ts";
import { s3Types } from "./s3.ts";
import { secretsManager } from "./secrets-manager.ts";
import { snsTypes } from "./sns.ts";
import { type CloudWatch, emptyCloudWatch } from "./watch.ts";

const FUNCTIONS: Record<string, Props> = {
  "aws:index/getCallerIdentity:getCallerIdentity": {
    id: ACCOUNT_ID,
    accountId: ACCOUNT_ID,
    arn: `arn:aws:iam::${ACCOUNT_ID}:user/sandbox`,
    userId: "AIDASANDBOXSANDBOXSAN",
  },
  "aws:index/getRegion:getRegion": {
    id: REGION,
    name: REGION,
    region: REGION,
    description: "Europe (Ireland)",
    endpoint: `ec2.${REGION}.amazonaws.com`,
  },
  "aws:index/getPartition:getPartition": {
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  },
};

/** The `aws` provider, and what happens in its account without it. */
export interface AwsAccount extends ProviderHandler {
  /** Somebody rotates a secret in the console. Answers the new version's id. @throws Error where there is no such secret */
  putUnmanagedVersion(secretName: string): string;
}

/** The `aws` provider: one account in one region, for both stacks. */
export function createAws(stores: Stores, cloudWatch: CloudWatch = emptyCloudWatch()): AwsAccount {
  const secrets = secretsManager();
  const types = [
    ...kmsTypes(),
    ...secrets.types,
    ...elastiCacheTypes(stores, cloudWatch),
    ...networkTypes(),
    ...snsTypes(),
    ...cloudwatchTypes(cloudWatch),
    ...s3Types(),
    ...iamTypes(),
    ...eksTypes(),
  ];
  const handlers = new Map(types.map(({ type, handler }) => [type, handler]));
  return {
    name: "aws",
    resource: (type) => handlers.get(type),
    putUnmanagedVersion: secrets.putUnmanagedVersion,
    invoke: async (token, args) => {
      const answer = secrets.functions[token]?.(args) ?? FUNCTIONS[token];
      if (answer === undefined) throw new Error(`the sandbox's aws provider has no function ${token}`);
      return answer;
    },
  };
}
