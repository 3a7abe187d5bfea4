import { ACCOUNT_ID, REGION } from "../accounts.ts";
import type { ProviderHandler } from "../handler.ts";
import type { Props } from "../wire.ts";
import { cloudwatchTypes } from "./cloudwatch.ts";
import { elastiCacheTypes, type Stores } from "./elasticache.ts";
import { iamTypes } from "./iam.ts";
import { kmsTypes } from "./kms.ts";
import { networkTypes } from "./network.ts";
import { s3Types } from "./s3.ts";
import { secretsManager } from "./secrets-manager.ts";
import { snsTypes } from "./sns.ts";

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

/** The provider, and what somebody else may do in the account. */
export interface Aws {
  handler: ProviderHandler;
  rotateByHand(secret: string): string;
}

/** The `aws` provider: one account in one region, for both stacks. */
export function createAws(stores: Stores): Aws {
  const secrets = secretsManager();
  const types = [
    ...kmsTypes(),
    ...secrets.types,
    ...elastiCacheTypes(stores),
    ...networkTypes(),
    ...snsTypes(),
    ...cloudwatchTypes(),
    ...s3Types(),
    ...iamTypes(),
  ];
  const handlers = new Map(types.map(({ type, handler }) => [type, handler]));
  return {
    handler: {
      name: "aws",
      resource: (type) => handlers.get(type),
      invoke: async (token, args) => {
        const answer = FUNCTIONS[token] ?? secrets.functions[token]?.(args);
        if (answer === undefined) throw new Error(`the sandbox's aws provider has no function ${token}`);
        return answer;
      },
    },
    rotateByHand: secrets.rotateByHand,
  };
}
