import { z } from "zod";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/;

export const dnsLabel = z
  .string()
  .regex(LABEL, "must be a DNS label: at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit");
export const dnsName = z
  .string()
  .max(253)
  .regex(SUBDOMAIN, "must be a DNS name: a-z, 0-9, - and ., beginning and ending with a letter or digit");
export const portName = z
  .string()
  .regex(/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/, "must be a port name of at most 15 of a-z, 0-9 and -");
export const portNumber = z.int().min(1).max(65535);
/** A port by number or by name. */
export const portReference = z.union([portNumber, portName]);
export const seconds = z.int().min(0);
export const quantity = z.union([
  z.string().regex(QUANTITY, "must be a quantity such as 250m or 256Mi"),
  z.number().min(0),
]);
/** A number of pods, or a share such as 25%. */
export const countOrPercent = z.union([
  z.int().min(0),
  z.string().regex(/^[0-9]+%$/, "must be a number or a percentage such as 25%"),
]);
export const protocol = z.enum(["TCP", "UDP", "SCTP"]);

const labelKey = z.string().regex(QUALIFIED, "must be a label or annotation key such as app.kubernetes.io/name");
export const labels = z.record(
  labelKey,
  z
    .string()
    .regex(
      LABEL_VALUE,
      "must be a label value: at most 63 of A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit",
    ),
);
export const annotations = z.record(labelKey, z.string());

export const metadata = z.strictObject({
  name: z.string({ error: "is missing: the sandbox wants every name written out" }).pipe(dnsName),
  namespace: dnsLabel.optional(),
  labels: labels.optional(),
  annotations: annotations.optional(),
});

export const templateMetadata = z.strictObject({
  name: dnsName.optional(),
  labels: labels.optional(),
  annotations: annotations.optional(),
});

export const labelSelector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: labelKey,
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
export type LabelSelector = z.infer<typeof labelSelector>;
