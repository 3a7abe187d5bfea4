import { z } from "zod";
import { dnsName, labels, metadata, portName, portNumber, portReference, protocol } from "./common.ts";

const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, "must be a key of letters, digits, -, _ and .");
const base64 = z.string().regex(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "must be base64");

export const namespace = z.strictObject({ apiVersion: z.literal("v1"), kind: z.literal("Namespace"), metadata });

export const serviceAccount = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("ServiceAccount"),
  metadata,
  automountServiceAccountToken: z.boolean().optional(),
  imagePullSecrets: z.array(z.strictObject({ name: dnsName })).optional(),
});

export const secret = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata,
  data: z.record(dataKey, base64).optional(),
  stringData: z.record(dataKey, z.string()).optional(),
  immutable: z.boolean().optional(),
  type: z.string().optional(),
});

export const configMap = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("ConfigMap"),
  metadata,
  data: z.record(dataKey, z.string()).optional(),
  immutable: z.boolean().optional(),
});

const servicePort = z.strictObject({
  name: portName.optional(),
  port: portNumber,
  targetPort: portReference.optional(),
  protocol: protocol.optional(),
  appProtocol: z.string().optional(),
});

export const serviceSpec = z.strictObject({
  selector: labels.optional(),
  ports: z.array(servicePort).min(1),
  type: z.literal("ClusterIP", { error: "the sandbox has ClusterIP Services only" }).optional(),
  sessionAffinity: z.literal("None", { error: "the sandbox has no session affinity" }).optional(),
  publishNotReadyAddresses: z.literal(false, { error: "the sandbox publishes ready addresses only" }).optional(),
});
export type ServiceSpec = z.infer<typeof serviceSpec>;

export const service = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata,
  spec: serviceSpec,
});
