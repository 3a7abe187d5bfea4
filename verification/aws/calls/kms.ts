import type { Operation } from "../recorder/journal.ts";
import { type Call, call, type Translation, tagChange, textOf } from "./call.ts";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3]): Call =>
  call(operation, "kms", name, params);

const kmsTags = (tags: Record<string, unknown>) =>
  Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue: String(TagValue) }));

const readKey = (operation: Operation): Call[] => [
  here(operation, "DescribeKey", { KeyId: operation.id }),
  here(operation, "GetKeyPolicy", { KeyId: operation.id, PolicyName: "default" }),
  here(operation, "GetKeyRotationStatus", { KeyId: operation.id }),
  here(operation, "ListResourceTags", { KeyId: operation.id }),
];

/** internal/service/kms/key.go */
export const key: Translation = {
  create: (operation) => [
    here(operation, "CreateKey", {
      Description: operation.inputs.description,
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
      BypassPolicyLockoutSafetyCheck: false,
      Tags: kmsTags(tagChange(operation).set),
    }),
    ...(operation.inputs.enableKeyRotation === true
      ? [here(operation, "EnableKeyRotation", { KeyId: operation.id })]
      : []),
    ...readKey(operation),
  ],
  update: (operation) => {
    const { before, inputs, id } = operation;
    const { removed, set } = tagChange(operation);
    return [
      ...(before.description === inputs.description
        ? []
        : [here(operation, "UpdateKeyDescription", { KeyId: id, Description: textOf(inputs, "description") })]),
      ...(removed.length === 0 ? [] : [here(operation, "UntagResource", { KeyId: id, TagKeys: removed })]),
      ...(Object.keys(set).length === 0 ? [] : [here(operation, "TagResource", { KeyId: id, Tags: kmsTags(set) })]),
      ...readKey(operation),
    ];
  },
  remove: (operation) => [
    here(operation, "ScheduleKeyDeletion", {
      KeyId: operation.id,
      PendingWindowInDays: operation.inputs.deletionWindowInDays,
    }),
    here(operation, "DescribeKey", { KeyId: operation.id }),
  ],
  read: readKey,
};

const policy = (operation: Operation, document: string): Call =>
  here(operation, "PutKeyPolicy", {
    KeyId: operation.inputs.keyId,
    PolicyName: "default",
    Policy: document,
    BypassPolicyLockoutSafetyCheck: false,
  });

/** What the provider gives a key back when its policy is taken away: the account decides. */
const resetPolicy = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

/** internal/service/kms/key_policy.go */
export const keyPolicy: Translation = {
  create: (operation) => [policy(operation, textOf(operation.inputs, "policy")), ...readKey(operation)],
  update: (operation) => [policy(operation, textOf(operation.inputs, "policy")), ...readKey(operation)],
  remove: (operation) => [policy(operation, resetPolicy("123456789012"))],
  read: readKey,
};

const listAliases = (operation: Operation): Call[] => [here(operation, "ListAliases", {})];

/** internal/service/kms/alias.go */
export const alias: Translation = {
  create: (operation) => [
    here(operation, "CreateAlias", { AliasName: operation.inputs.name, TargetKeyId: operation.inputs.targetKeyId }),
    ...listAliases(operation),
  ],
  update: (operation) => [
    here(operation, "UpdateAlias", { AliasName: operation.id, TargetKeyId: operation.inputs.targetKeyId }),
    ...listAliases(operation),
  ],
  remove: (operation) => [here(operation, "DeleteAlias", { AliasName: operation.id })],
  read: listAliases,
};
