import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ACCOUNT_ID, ACCOUNTS, arn, STAGES } from "../accounts.ts";
import { count, flag, inputsOf, jsonText, tags, text } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";

const RESERVED = new Set<string>(STAGES.map((stage) => ACCOUNTS[stage].stackKey.alias));

const accountPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Enable IAM User Permissions",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  ],
});

/** KMS keys, their policies and aliases; the aliases of the stacks' secrets providers are taken from the start. */
export function kmsTypes(): AnyAwsType[] {
  const key = defineType({
    type: "aws:kms/key:Key",
    inputs: inputsOf(
      {},
      {
        bypassPolicyLockoutSafetyCheck: flag,
        customKeyStoreId: text,
        customerMasterKeySpec: text,
        deletionWindowInDays: count.min(7, "is 7 to 30 days").max(30, "is 7 to 30 days"),
        description: text.max(8192, "has at most 8192 characters"), // botocore, kms: DescriptionType
        enableKeyRotation: flag,
        isEnabled: flag,
        keyUsage: z.enum(["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"]),
        multiRegion: flag,
        policy: jsonText,
        rotationPeriodInDays: count.min(90, "is 90 to 2560 days").max(2560, "is 90 to 2560 days"),
        tags,
        xksKeyId: text,
      },
    ),
    rules: [
      {
        of: ["rotationPeriodInDays", "enableKeyRotation"],
        property: "rotationPeriodInDays",
        broken: ({ rotationPeriodInDays, enableKeyRotation }) =>
          rotationPeriodInDays !== undefined && enableKeyRotation !== true,
        reason: "needs enableKeyRotation: true",
      },
    ],
    replaces: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
    defaults: {
      bypassPolicyLockoutSafetyCheck: false,
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      description: "",
      enableKeyRotation: false,
      isEnabled: true,
      keyUsage: "ENCRYPT_DECRYPT",
      multiRegion: false,
      policy: accountPolicy,
    },
    id: () => randomUUID(),
    outputs: (_inputs, id) => ({ keyId: id, arn: arn("kms", `key/${id}`) }),
  });

  const keyArnOf = (target: string): string => (target.startsWith("arn:") ? target : arn("kms", `key/${target}`));
  const mustExist = (target: string): void => {
    const id = target.split("/").at(-1) ?? target;
    if (!key.entries.has(id)) throw new Error(`NotFoundException: Key '${keyArnOf(target)}' does not exist`);
  };

  const alias = defineType({
    type: "aws:kms/alias:Alias",
    inputs: inputsOf(
      { targetKeyId: text },
      {
        name: text
          .regex(
            /^alias\/[a-zA-Z0-9/_-]+$/,
            "must begin with 'alias/' and hold letters, digits, '/', '_' and '-' alone",
          )
          .refine((name) => !name.startsWith("alias/aws/"), { error: "alias/aws/ is AWS' own" }),
        namePrefix: text.startsWith("alias/", "must begin with 'alias/'"),
      },
    ),
    autoName: "name",
    replaces: ["name", "namePrefix"],
    unique: {
      key: ({ name }) => name ?? "",
      taken: (name) => `AlreadyExistsException: An alias with the name ${arn("kms", name)} already exists`,
    },
    id: ({ name }) => name ?? "",
    outputs: ({ targetKeyId }, id) => ({
      arn: arn("kms", id),
      targetKeyArn: keyArnOf(targetKeyId),
      targetKeyId: targetKeyId.split("/").at(-1) ?? targetKeyId,
    }),
    effects: {
      create: async ({ name = "", targetKeyId }) => {
        if (RESERVED.has(name)) {
          throw new Error(
            `AlreadyExistsException: An alias with the name ${arn("kms", name)} already exists (the stack's secrets provider)`,
          );
        }
        mustExist(targetKeyId);
        return {};
      },
      update: async ({ targetKeyId }) => {
        mustExist(targetKeyId);
        return {};
      },
    },
  });
  const keyPolicy = defineType({
    type: "aws:kms/keyPolicy:KeyPolicy",
    inputs: inputsOf({ keyId: text, policy: jsonText }, { bypassPolicyLockoutSafetyCheck: flag }),
    replaces: ["keyId"],
    defaults: { bypassPolicyLockoutSafetyCheck: false },
    id: ({ keyId }) => keyId,
    outputs: () => ({}),
    effects: {
      create: async ({ keyId }) => {
        mustExist(keyId);
        return {};
      },
    },
  });
  return [key, alias, keyPolicy];
}
