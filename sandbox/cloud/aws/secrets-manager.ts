import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { arn } from "../accounts.ts";
import type { Props } from "../wire.ts";
import { count, flag, inputsOf, jsonText, tags, text, texts } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";
import { type StoredVersion, secretVersionReads } from "./secret-versions.ts";
import { changeStages, deleteStages, type Labels, labelsOf, putVersion } from "./staging-labels.ts";

const LARGEST_SECRET_BYTES = 65_536;
const SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Secrets Manager ends each ARN with six random characters, so that a remade secret isn't the old one. */
function arnSuffix(): string {
  return Array.from(randomBytes(6), (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}

/** The labels of a version as the provider's state has them. */
function stagesIn({ versionStages }: Props): string[] {
  return texts.catch([]).parse(versionStages);
}

/** Secrets Manager: its types, its data sources, and what somebody else may do in its console. */
export interface SecretsManager {
  types: AnyAwsType[];
  functions: Record<string, (args: Props) => Props>;
  /** Rotates an entry in the console: puts a version of its own value and makes it current. `secretName` is its name, or the end of it after a `/`. Answers the version's id. @throws Error where there is no such secret */
  putUnmanagedVersion(secretName: string): string;
}

/** Secrets, their versions and staging labels, as Secrets Manager moves them. */
export function secretsManager(): SecretsManager {
  const unmanaged: StoredVersion[] = [];
  const scheduledForDeletion = new Set<string>();
  const labelsBySecret = new Map<string, Labels>();
  const createdAt = new Map<string, string>();

  const secret = defineType({
    type: "aws:secretsmanager/secret:Secret",
    inputs: inputsOf(
      {},
      {
        description: text.max(2048, "has at most 2048 characters"), // botocore, secretsmanager: DescriptionType
        forceOverwriteReplicaSecret: flag,
        kmsKeyId: text.max(2048),
        name: text.regex(/^[a-zA-Z0-9/_+=.@-]{1,512}$/, "holds letters, digits and /_+=.@- alone, at most 512"),
        namePrefix: text,
        policy: jsonText,
        recoveryWindowInDays: count.refine((days) => days === 0 || (days >= 7 && days <= 30), {
          error: "is 0 or 7 to 30 days",
        }),
        replicas: z.array(z.strictObject({ region: text, kmsKeyId: text.optional() })),
        tags,
        type: text,
      },
    ),
    autoName: "name",
    replaces: ["name", "namePrefix", "type"],
    defaults: { description: "", recoveryWindowInDays: 30, forceOverwriteReplicaSecret: false, policy: "" },
    unique: {
      key: ({ name }) => name ?? "",
      taken: (name) => `ResourceExistsException: The operation failed because the secret ${name} already exists`,
    },
    id: ({ name }) => arn("secretsmanager", `secret:${name}-${arnSuffix()}`),
    outputs: (_inputs, id) => ({ arn: id }),
    effects: {
      create: async ({ name = "" }, { id }) => {
        if (scheduledForDeletion.has(name)) {
          throw new Error(
            `InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion (${name}): restore it, or delete it with recoveryWindowInDays 0`,
          );
        }
        labelsBySecret.set(id, {});
        return {};
      },
      remove: async ({ id, inputs }) => {
        if (inputs.recoveryWindowInDays !== 0 && inputs.name !== undefined) scheduledForDeletion.add(inputs.name);
        labelsBySecret.delete(id);
      },
    },
  });

  const secretIdOf = (reference: string): string => {
    const found = [...secret.entries.values()].find(({ id, inputs }) => id === reference || inputs.name === reference);
    if (found === undefined) {
      throw new Error(`ResourceNotFoundException: Secrets Manager can't find the specified secret ${reference}`);
    }
    return found.id;
  };
  const change = (id: string, how: (labels: Labels) => Labels): void => {
    labelsBySecret.set(id, how(labelsBySecret.get(id) ?? {}));
  };

  const version = defineType({
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    inputs: inputsOf(
      { secretId: text },
      {
        secretBinary: z.base64({ error: "isn't base64" }),
        secretString: text.min(1, "is empty").refine((value) => Buffer.byteLength(value) <= LARGEST_SECRET_BYTES, {
          error: `has at most ${LARGEST_SECRET_BYTES} bytes`,
        }),
        secretStringWo: text,
        secretStringWoVersion: count,
        versionStages: z
          .array(text.min(1).max(256, "has at most 256 characters")) // SecretVersionStageType
          .min(1, "has at least one label")
          .max(20, "has at most 20 labels"),
      },
    ),
    rules: [
      {
        of: ["secretString", "secretBinary", "secretStringWo"],
        property: "secretString",
        broken: ({ secretString, secretBinary, secretStringWo }) =>
          [secretString, secretBinary, secretStringWo].filter((value) => value !== undefined).length !== 1,
        reason: "give exactly one of secretString, secretBinary and secretStringWo",
      },
    ],
    replaces: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    defaults: { hasSecretStringWo: false },
    secretOutputs: ["secretString", "secretBinary"],
    id: ({ secretId }) => `${secretIdOf(secretId)}|${randomUUID().replaceAll("-", "")}`,
    outputs: ({ secretId }, id) => ({ arn: secretIdOf(secretId), versionId: id.split("|")[1] ?? "" }),
    effects: {
      create: async ({ versionStages = [] }, { id }) => {
        createdAt.set(id, new Date().toISOString());
        change(id.split("|")[0] ?? "", (labels) => putVersion(labels, id, versionStages));
        return {};
      },
      update: async ({ versionStages }, { id }, state) => {
        const before = stagesIn(state);
        change(id.split("|")[0] ?? "", (labels) =>
          changeStages(labels, id, { before, after: versionStages ?? before }),
        );
        return {};
      },
      remove: async ({ id }, state) => {
        const secretId = id.split("|")[0] ?? "";
        if (!labelsBySecret.has(secretId)) return;
        change(secretId, (labels) => deleteStages(labels, id, stagesIn(state)));
      },
      refresh: ({ id }) => ({ versionStages: labelsOf(labelsBySecret.get(id.split("|")[0] ?? "") ?? {}, id) }),
    },
    readBack: ["versionStages"],
  });
  const versionsOf = (secretId: string): StoredVersion[] => [
    ...[...version.entries.values()]
      .filter(({ id }) => id.startsWith(`${secretId}|`))
      .map(({ id, inputs }) => ({ id, value: inputs.secretString ?? "", createdAt: createdAt.get(id) ?? "" })),
    ...unmanaged.filter(({ id }) => id.startsWith(`${secretId}|`)),
  ];
  return {
    types: [secret, version],
    functions: secretVersionReads({
      find: (reference) => {
        const id = secretIdOf(reference);
        const { name = "" } = secret.entries.get(id)?.inputs ?? {};
        return { id, name, labels: labelsBySecret.get(id) ?? {}, versions: versionsOf(id) };
      },
    }),
    putUnmanagedVersion: (name) => {
      const found = [...secret.entries.values()].find(({ inputs }) => inputs.name?.endsWith(`/${name}`));
      const id = found?.id ?? secretIdOf(name);
      const made = {
        id: `${id}|${randomUUID()}`,
        value: randomBytes(24).toString("hex"),
        createdAt: new Date().toISOString(),
      };
      unmanaged.push(made);
      change(id, (labels) => putVersion(labels, made.id, ["AWSCURRENT"]));
      return made.id.split("|")[1] ?? "";
    },
  };
}
