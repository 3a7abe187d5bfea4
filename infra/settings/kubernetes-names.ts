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
