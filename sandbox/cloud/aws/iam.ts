import { randomBytes } from "node:crypto";
import { z } from "zod";
import { arn } from "../accounts.ts";
import { arnOf, count, flag, jsonText, tags, text } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";

const name = text.regex(/^[\w+=,.@-]{1,128}$/, "holds letters, digits and _+=,.@- alone, at most 128");
const path = text.regex(/^\/([!-~]*\/)?$/, "begins and ends with /");
const iamId = (prefix: string): string => `${prefix}${randomBytes(8).toString("hex").toUpperCase()}`;
const iamArn = (resource: string): string => arn("iam", resource, { region: "" });

/** Roles, policies and what joins them, kept as notes: nothing is allowed or refused by them here. */
export function iamTypes(): AnyAwsType[] {
  const role = defineType({
    type: "aws:iam/role:Role",
    inputs: z.strictObject({
      assumeRolePolicy: jsonText,
      description: text.optional(),
      forceDetachPolicies: flag.optional(),
      maxSessionDuration: count.min(3_600).max(43_200).optional(),
      name: name.optional(),
      namePrefix: text.optional(),
      path: path.optional(),
      permissionsBoundary: arnOf("iam").optional(),
      tags: tags.optional(),
    }),
    autoName: "name",
    replaces: ["name", "namePrefix", "path"],
    defaults: { forceDetachPolicies: false, maxSessionDuration: 3_600, path: "/" },
    unique: {
      key: (inputs) => inputs.name ?? "",
      taken: (taken) => `EntityAlreadyExists: Role with name ${taken} already exists.`,
    },
    id: (inputs) => inputs.name ?? "",
    outputs: (inputs, id) => ({ arn: iamArn(`role${inputs.path ?? "/"}${id}`), uniqueId: iamId("AROA") }),
  });
  const roleMustExist = async (roleName: string) => {
    if (!role.entries.has(roleName)) throw new Error(`NoSuchEntity: The role with name ${roleName} cannot be found.`);
    return {};
  };

  const policy = defineType({
    type: "aws:iam/policy:Policy",
    inputs: z.strictObject({
      policy: jsonText,
      description: text.optional(),
      name: name.optional(),
      namePrefix: text.optional(),
      path: path.optional(),
      tags: tags.optional(),
    }),
    autoName: "name",
    replaces: ["name", "namePrefix", "path", "description"],
    defaults: { path: "/" },
    unique: {
      key: (inputs) => inputs.name ?? "",
      taken: (taken) => `EntityAlreadyExists: A policy called ${taken} already exists.`,
    },
    id: (inputs) => iamArn(`policy${inputs.path ?? "/"}${inputs.name}`),
    outputs: (_inputs, id) => ({ arn: id, policyId: iamId("ANPA"), attachmentCount: 0 }),
  });

  const rolePolicy = defineType({
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: z.strictObject({
      policy: jsonText,
      role: text,
      name: name.optional(),
      namePrefix: text.optional(),
    }),
    autoName: "name",
    replaces: ["name", "namePrefix", "role"],
    unique: {
      key: (inputs) => `${inputs.role}:${inputs.name}`,
      taken: (taken) => `EntityAlreadyExists: the role policy ${taken} already exists`,
      again: "is a put",
    },
    id: (inputs) => `${inputs.role}:${inputs.name}`,
    outputs: () => ({}),
    effects: { create: (inputs) => roleMustExist(inputs.role) },
  });

  const attachment = defineType({
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: z.strictObject({ policyArn: arnOf("iam"), role: text }),
    replaces: ["policyArn", "role"],
    id: (inputs) => `${inputs.role}/${inputs.policyArn}`,
    outputs: () => ({}),
    effects: { create: (inputs) => roleMustExist(inputs.role) },
  });
  const identityProvider = defineType({
    type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    inputs: z.strictObject({
      clientIdLists: z.array(text.min(1).max(255)).min(1),
      tags: tags.optional(),
      thumbprintLists: z.array(text.length(40)).optional(),
      url: z.url({ protocol: /^https$/, error: "begins with https://" }).max(255),
    }),
    replaces: ["url"],
    // IAM API reference, CreateOpenIDConnectProvider: one for each URL in an account.
    unique: {
      key: ({ url }) => url,
      taken: (url) => `EntityAlreadyExists: Provider with url ${url} already exists.`,
    },
    id: ({ url }) => iamArn(`oidc-provider/${url.replace("https://", "")}`),
    outputs: (_inputs, id) => ({ arn: id }),
  });
  return [role, policy, rolePolicy, attachment, identityProvider];
}
