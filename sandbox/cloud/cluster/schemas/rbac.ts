import { z } from "zod";
import { dnsLabel, dnsName, metadata } from "./common.ts";

const apiVersion = z.literal("rbac.authorization.k8s.io/v1");
const GROUP = "rbac.authorization.k8s.io";
const words = z.array(z.string().min(1)).min(1);

/** kubernetes, pkg/apis/rbac/validation/validation.go, ValidatePolicyRule: verbs are required, and a namespaced rule has no URL. */
const rule = z.strictObject({
  // "" is the core group.
  apiGroups: z.array(z.string()).min(1),
  resources: words,
  verbs: words,
  resourceNames: z.array(z.string().min(1)).optional(),
});
export type PolicyRule = z.infer<typeof rule>;

export const roleRules = z.array(rule);

export const role = z.strictObject({ apiVersion, kind: z.literal("Role"), metadata, rules: roleRules.optional() });

const subject = z.strictObject({ kind: z.literal("ServiceAccount"), name: dnsName, namespace: dnsLabel });

/** What the sandbox's bindings bind: service accounts of a namespace, to a Role of the binding's own. */
export const bindingBody = z.strictObject({
  roleRef: z.strictObject({ apiGroup: z.literal(GROUP), kind: z.literal("Role"), name: dnsName }),
  subjects: z.array(subject).optional(),
});

export const roleBinding = bindingBody.extend({ apiVersion, kind: z.literal("RoleBinding"), metadata });
