import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { arn } from "../accounts.ts";
import type { Props } from "../wire.ts";
import { count, flag, inputsOf, jsonText, tags, text, texts } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";
import { changeStages, dropLabels, type Labels, labelsOf, putVersion } from "./staging-labels.ts";

const LARGEST_SECRET_BYTES = 65_536;
const SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Secrets Manager ends each ARN with six random characters, so that a remade secret isn't the old one. */
function arnSuffix(): string {
  return Array.from(randomBytes(6), (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}

/** Secrets Manager: its types, what can be asked of it, and what a hand on the console does. */
export interface SecretsManager {
  types: AnyAwsType[];
  functions: Readonly<Record<string, (args: Props) => Props>>;
  /** Rotates a secret by its name as somebody on the console would: a new version takes AWSCURRENT. Answers the version. */
  rotateByHand(name: string): string;
}

const versionsAsked = z.object({ secretId: z.string() });
const versionAsked = z.object({ secretId: z.string(), versionStage: z.string().default("AWSCURRENT") });

/** Secrets, their versions and staging labels, as Secrets Manager moves them. */
export function secretsManager(): SecretsManager {
  const scheduledForDeletion = new Set<string>();
  const labelsBySecret = new Map<string, Labels>();
  const madeByHand = new Map<string, string>();

  const secret = defineType({
    type: "aws:secretsmanager/secret:Secret",
    inputs: inputsOf(
      {},
      {
        description: text,
        forceOverwriteReplicaSecret: flag,
        kmsKeyId: text,
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
        versionStages: texts.min(1, "has at least one label").max(20, "has at most 20 labels"),
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
        change(id.split("|")[0] ?? "", (labels) => putVersion(labels, id, versionStages));
        return {};
      },
      update: async ({ versionStages }, { id, inputs }) => {
        const stages = { before: inputs.versionStages ?? [], after: versionStages ?? inputs.versionStages ?? [] };
        change(id.split("|")[0] ?? "", (labels) => changeStages(labels, id, stages));
        return {};
      },
      remove: async ({ id }) => {
        const secretId = id.split("|")[0] ?? "";
        if (!labelsBySecret.has(secretId)) return;
        change(secretId, (labels) => dropLabels(labels, id, labelsOf(labels, id)));
      },
      refresh: ({ id }) => ({ versionStages: labelsOf(labelsBySecret.get(id.split("|")[0] ?? "") ?? {}, id) }),
    },
  });

  /** A secret's versions that carry a label; those without any are as good as deleted. */
  const versionsOf = (reference: string): { id: string; stages: string[] }[] => {
    const labels = labelsBySecret.get(secretIdOf(reference)) ?? {};
    return [...new Set(Object.values(labels))].map((id) => ({ id, stages: labelsOf(labels, id) }));
  };
  const storedIn = (id: string): string => madeByHand.get(id) ?? version.entries.get(id)?.inputs.secretString ?? "";
  return {
    types: [secret, version],
    functions: {
      "aws:secretsmanager/getSecretVersions:getSecretVersions": (args) => {
        const { secretId } = versionsAsked.parse(args);
        const found = versionsOf(secretId);
        return {
          id: secretId,
          secretId,
          arn: secretIdOf(secretId),
          name: secretId,
          versions: found.map(({ id, stages }) => ({
            createdTime: new Date(0).toISOString(),
            lastAccessedDate: "",
            versionId: id.split("|")[1] ?? "",
            versionStages: stages,
          })),
        };
      },
      "aws:secretsmanager/getSecretVersion:getSecretVersion": (args) => {
        const { secretId, versionStage } = versionAsked.parse(args);
        const found = versionsOf(secretId).find(({ stages }) => stages.includes(versionStage));
        if (found === undefined) {
          throw new Error(
            `ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: ${versionStage}`,
          );
        }
        return {
          id: found.id,
          arn: secretIdOf(secretId),
          secretId,
          versionId: found.id.split("|")[1] ?? "",
          versionStage,
          versionStages: found.stages,
          secretString: storedIn(found.id),
          secretBinary: "",
          createdDate: new Date(0).toISOString(),
        };
      },
    },
    rotateByHand(name) {
      const secretId = secretIdOf(name);
      const id = `${secretId}|${randomUUID()}`;
      madeByHand.set(id, randomBytes(24).toString("base64url"));
      change(secretId, (labels) => putVersion(labels, id, ["AWSCURRENT"]));
      return id.split("|")[1] ?? "";
    },
  };
}
