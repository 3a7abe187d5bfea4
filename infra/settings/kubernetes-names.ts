import { z } from "zod";

/** A label of DNS, as Kubernetes asks for it, and what to write where it is none. */
export const DNS_LABEL = [
  /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  "use lower-case letters, digits and '-', beginning with a letter",
] as const;

/** A name of Kubernetes' that others are made of. */
export const dnsLabel = z
  .string()
  .max(40)
  .regex(...DNS_LABEL);

/** The namespace that the stack's first update creates: one of Kubernetes' own exists on every cluster. */
export const createdNamespace = dnsLabel.refine(
  (name) => name !== "default" && !name.startsWith("kube-"),
  "is a namespace of Kubernetes' own: the first update creates the stack's, so name one that doesn't exist yet",
);
