import type { Operation } from "../recorder/journal.ts";
import { type Call, call, type Known, listOf, type Translation, tagChange, tagList, textOf } from "./call.ts";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3]): Call =>
  call(operation, "secretsmanager", name, params);

const readSecret = (operation: Operation): Call[] => [
  here(operation, "DescribeSecret", { SecretId: operation.id }),
  here(operation, "GetResourcePolicy", { SecretId: operation.id }),
];

/** internal/service/secretsmanager/secret.go */
export const secret: Translation = {
  create: (operation) => [
    here(operation, "CreateSecret", {
      Name: textOf(operation.inputs, "name"),
      Description: textOf(operation.inputs, "description"),
      KmsKeyId: operation.inputs.kmsKeyId,
      ForceOverwriteReplicaSecret: false,
      Tags: tagList(operation.inputs.tags),
    }),
    ...readSecret(operation),
  ],
  update: (operation) => {
    const { before, inputs, id } = operation;
    const { removed, set } = tagChange(operation);
    const changed = ["description", "kmsKeyId"].some((key) => before[key] !== inputs[key]);
    return [
      ...(changed
        ? [
            here(operation, "UpdateSecret", {
              SecretId: id,
              Description: textOf(inputs, "description"),
              KmsKeyId: inputs.kmsKeyId,
            }),
          ]
        : []),
      ...(removed.length === 0 ? [] : [here(operation, "UntagResource", { SecretId: id, TagKeys: removed })]),
      ...(Object.keys(set).length === 0 ? [] : [here(operation, "TagResource", { SecretId: id, Tags: tagList(set) })]),
      ...readSecret(operation),
    ];
  },
  remove: (operation) => {
    const days = operation.inputs.recoveryWindowInDays;
    return [
      here(
        operation,
        "DeleteSecret",
        days === 0
          ? { SecretId: operation.id, ForceDeleteWithoutRecovery: true }
          : { SecretId: operation.id, RecoveryWindowInDays: typeof days === "number" ? days : 30 },
      ),
    ];
  },
  read: readSecret,
};

function idsOf({ id }: Operation): { secretId: string; versionId: string } {
  const [secretId = "", versionId = ""] = id.split("|");
  return { secretId, versionId };
}

function readVersion(operation: Operation): Call[] {
  const { secretId, versionId } = idsOf(operation);
  return [here(operation, "GetSecretValue", { SecretId: secretId, VersionId: versionId })];
}

/** The provider compares the labels that it read last with those that are asked for. */
function moved(operation: Operation, known: Known): Call[] {
  const { secretId, versionId } = idsOf(operation);
  const before = known.labelsInState(operation.id);
  const after = listOf(operation.inputs, "versionStages").filter((label) => typeof label === "string");
  const added = after.filter((label) => !before.includes(label));
  const movesCurrent = added.includes(CURRENT);
  const removed = before.filter(
    (label) => !after.includes(label) && label !== CURRENT && !(movesCurrent && label === PREVIOUS),
  );
  const change = (label: string, versions: { MoveToVersionId?: string; RemoveFromVersionId?: string }) =>
    here(operation, "UpdateSecretVersionStage", { SecretId: secretId, VersionStage: label, ...versions });
  return [
    ...added.flatMap((label) => {
      const holder = known.holderOf(secretId, CURRENT);
      if (label !== CURRENT || holder === undefined) return [change(label, { MoveToVersionId: versionId })];
      return [
        here(operation, "ListSecretVersionIds", { SecretId: secretId }),
        change(label, { MoveToVersionId: versionId, RemoveFromVersionId: holder }),
      ];
    }),
    ...removed.map((label) => change(label, { RemoveFromVersionId: versionId })),
  ];
}

/** internal/service/secretsmanager/secret_version.go */
export const secretVersion: Translation = {
  create: (operation) => {
    const { secretId, versionId } = idsOf(operation);
    return [
      here(operation, "PutSecretValue", {
        SecretId: secretId,
        SecretString: operation.inputs.secretString,
        VersionStages: operation.inputs.versionStages,
        ClientRequestToken: versionId,
      }),
      ...readVersion(operation),
    ];
  },
  update: (operation, known) => [...moved(operation, known), ...readVersion(operation)],
  remove: (operation, known) => {
    const { secretId, versionId } = idsOf(operation);
    const labels = known.labelsInState(operation.id).filter((label) => label !== CURRENT);
    return [
      ...labels.map((label) =>
        here(operation, "UpdateSecretVersionStage", {
          SecretId: secretId,
          VersionStage: label,
          RemoveFromVersionId: versionId,
        }),
      ),
      ...readVersion(operation),
    ];
  },
  read: readVersion,
};

/** internal/service/secretsmanager/secret_versions_data_source.go, secret_version_data_source.go */
export const SECRET_FUNCTIONS: Readonly<Record<string, (operation: Operation) => Call[]>> = {
  "aws:secretsmanager/getSecretVersions:getSecretVersions": (operation) => [
    here(operation, "ListSecretVersionIds", { SecretId: operation.inputs.secretId }),
  ],
  "aws:secretsmanager/getSecretVersion:getSecretVersion": (operation) => [
    here(operation, "GetSecretValue", {
      SecretId: operation.inputs.secretId,
      VersionId: operation.inputs.versionId,
      VersionStage: operation.inputs.versionStage,
    }),
  ],
};
